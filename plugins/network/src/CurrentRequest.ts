/**
 * What is known about the request that a fiber answers. Everybody may read it; outside of a request it holds an empty one,
 * so reading never fails and needs nothing in a Layer.
 */
import * as Context from "effect/Context"

export interface RequestInfo {
  /** A sane `X-Request-Id` of the client, else generated; echoed in the answer. */
  readonly requestId: string
  /** W3C trace id: from `traceparent`, else generated. */
  readonly traceId: string
  readonly method: string
  /** Path without the query, which may hold secrets. */
  readonly path: string
  /** Of the client: what trusted proxies told, else the other end of the connection. */
  readonly clientAddress: string
  /** Monotonic nanoseconds. */
  readonly startedAt: bigint
  /** Route template such as `/orders/:id`; set by the router when a route matched. */
  route: string | undefined
  /** Subject of the verified token; set by `Authorization`. */
  userId: string | undefined
}

/** The request of this fiber. */
export const CurrentRequest = Context.Reference<RequestInfo>("@heptad/network/CurrentRequest", {
  defaultValue: () => ({
    requestId: "",
    traceId: "",
    method: "",
    path: "",
    clientAddress: "",
    startedAt: 0n,
    route: undefined,
    userId: undefined
  })
})
