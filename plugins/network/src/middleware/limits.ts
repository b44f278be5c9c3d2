/** Refuses a request by its head, before any of its body is read. The size of the head itself is limited by the parser. */
import * as Data from "effect/Data"
import type { NetworkConfig } from "../config.ts"
import type { Exchange } from "../internal/exchange.ts"
import * as Problem from "../Problem.ts"
import type { Middleware } from "./Middleware.ts"

export type Limits = Pick<NetworkConfig["http"], "max_request_size" | "max_uri_length" | "max_json_depth">

/** Closing tells the client not to send the rest. */
export const closing = { connection: "close" }

const refuse = (exchange: Exchange, occurrence: Problem.Occurrence) =>
  Problem.toResponse(Problem.make(occurrence, exchange), closing)

/** What a compiled endpoint raises. */
export class BodyTooDeep extends Data.TaggedError("BodyTooDeep")<{}> {}

export const bodyTooLarge = (limit: number): Problem.Occurrence => ({
  code: "network.message_too_large",
  detail: `The body is larger than ${limit} bytes. Send less, or raise network.http.max_request_size.`
})

export const bodyTooDeep = (limit: number): Problem.Occurrence => ({
  code: "common.invalid_argument",
  detail:
    `The JSON of the body is nested more than ${limit} levels deep. Send it flatter, or raise network.http.max_json_depth.`
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
export const limits = (limits: Pick<Limits, "max_request_size" | "max_uri_length">): Middleware => ({
  name: "limits",
  admit: (exchange) => {
    if (exchange.url.length > limits.max_uri_length) return refuse(exchange, uriTooLong(limits.max_uri_length))
    const { contentLength } = exchange.head
    return contentLength !== undefined && Number(contentLength) > limits.max_request_size
      ? refuse(exchange, bodyTooLarge(limits.max_request_size))
      : undefined
  }
})
