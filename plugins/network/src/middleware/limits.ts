/** Refuses a request by its head, before any of its body is read. The size of the head itself is limited by the parser. */
import type { NetworkConfig } from "../config.ts"
import type { Exchange } from "../internal/exchange.ts"
import * as Problem from "../Problem.ts"
import type { Middleware } from "./Middleware.ts"

export type Limits = Pick<NetworkConfig["http"], "max_request_size" | "max_uri_length">

/** Closing tells the client not to send the rest. */
export const closing = { connection: "close" }

const refuse = (exchange: Exchange, occurrence: Problem.Occurrence) =>
  Problem.toResponse(Problem.make(occurrence, exchange), closing)

/** What the transport raises in a body that passes the limit while it arrives. */
export class BodyTooLarge extends Error {}

export const bodyTooLarge = (limit: number): Problem.Occurrence => ({
  code: "network.message_too_large",
  detail: `The body is larger than ${limit} bytes. Send less, or raise network.http.max_request_size.`
})

export const endpointTooLarge = (limit: number): Problem.Occurrence => ({
  code: "network.message_too_large",
  detail: `The body is larger than the ${limit} bytes that this endpoint reads. Send less.`
})

const uriTooLong = (limit: number): Problem.Occurrence => ({
  code: "network.message_too_large",
  status: 414,
  detail: `The URI is longer than ${limit} bytes. Send less in it, or raise network.http.max_uri_length.`
})

/** The limits may change while requests come: each request is held against those of its moment. */
export const limits = (limits: Limits): Middleware => ({
  name: "limits",
  admit: (exchange) => {
    if (exchange.url.length > limits.max_uri_length) return refuse(exchange, uriTooLong(limits.max_uri_length))
    const { contentLength } = exchange.head
    return contentLength !== undefined && Number(contentLength) > limits.max_request_size
      ? refuse(exchange, bodyTooLarge(limits.max_request_size))
      : undefined
  }
})
