/**
 * Requests and replies over one connection, as containers in frames; docs/framed.md tells the protocol. Network itself knows no
 * codec: it takes the `Codecs` of the first plugin that handles a route, so only such a plugin requires the container contract.
 */
import type { Codecs } from "@heptad/container"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FramedFailure, FramedRequest, FramedRoute } from "./FramedRoute.ts"

export interface FramedAddress {
  readonly host: string
  /** The port really bound. */
  readonly port: number
}

export class FramedServer extends Context.Service<FramedServer, {
  /** Undefined while `network.framed.enabled` is false. Routes may be handled all the same. */
  readonly address: FramedAddress | undefined
  /**
   * Answers the requests of a route until the scope closes. Payloads are decoded before the handler and replies encoded after
   * it. A failure is told to the client with its code, and with its message when the code means a fault of the client; a
   * defect is told as `common.internal_error`. When the client goes away the handler is interrupted. A second handler of a
   * route is a defect.
   */
  readonly handle: <Payload, Reply, E extends FramedFailure = never, R = never>(
    route: FramedRoute<Payload, Reply>,
    handler: (payload: Payload, request: FramedRequest) => Effect.Effect<Reply, E, R>
  ) => Effect.Effect<void, never, Codecs | Scope.Scope | R>
}>()("@heptad/network/FramedServer") {}
