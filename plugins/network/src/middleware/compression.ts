/**
 * Compresses answers for clients that accept it. What a handler does not want compressed - a secret beside what a client wrote, see
 * BREACH in the README - it sends with `Content-Encoding: identity` or `Cache-Control: no-transform`.
 */
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import type { HttpPlatform } from "effect/http/HttpPlatform"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import type { NetworkConfig } from "../config.ts"
import type { Algorithm } from "../config/compression.ts"
import { type Wish, wishOf } from "../internal/acceptEncoding.ts"
import { isCompressible } from "../internal/compressible.ts"
import { compress, compressNow, levelFor } from "../internal/contentCoding.ts"
import type { Exchange } from "../internal/exchange.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = NetworkConfig["http"]["compression"]
type Changed = HttpServerResponse | Effect.Effect<HttpServerResponse>

/** Measured: up to here a thread costs the event loop as much as compressing itself does, 30 to 140 microseconds. */
const small = 4096

/** These have no body, or a part of one, whose offsets count in the whole as it is. */
const untouched = new Set([204, 205, 206, 304])

/** A digest of the content holds for these bytes and no others. */
const isSealed = ({ headers }: HttpServerResponse): boolean =>
  headers["content-encoding"] !== undefined || headers["content-range"] !== undefined ||
  headers["content-digest"] !== undefined || /(?:^|[\s,])no-transform(?:$|[\s,])/i.test(headers["cache-control"] ?? "")

const mayChange = ({ status }: HttpServerResponse): boolean => status >= 200 && !untouched.has(status)

/** Whether the answer to somebody who accepts other codings could be another one. */
const varies = (response: HttpServerResponse): boolean => {
  const { body, headers } = response
  if (!mayChange(response) || body._tag === "Empty" || body._tag === "FormData") return false
  const contentType = headers["content-type"]
  return contentType !== undefined && isCompressible(contentType) && !isSealed(response)
}

const sizeOf = ({ headers }: HttpServerResponse): number =>
  Number(headers["content-length"] ?? Number.POSITIVE_INFINITY)

/** Bytes of another coding are equal in meaning only, and are not asked for in parts. */
const weakened = (response: HttpServerResponse): HttpServerResponse => {
  const { "accept-ranges": ranges, etag } = response.headers
  const whole = ranges === undefined ? response : Response.removeHeader(response, "accept-ranges")
  return etag === undefined || etag.startsWith("W/") ? whole : Response.setHeader(whole, "etag", `W/${etag}`)
}

/** Tells nothing more than that it was meant so. */
const optedOut = (response: HttpServerResponse): HttpServerResponse =>
  response.headers["content-encoding"] === "identity" ? Response.removeHeader(response, "content-encoding") : response

/** Clients send few different wishes; a hostile one may send many. */
const remembered = (order: ReadonlyArray<Algorithm>) => {
  const known = new Map<string, Wish>()
  return (header: string | undefined): Wish => {
    const found = header === undefined ? undefined : known.get(header)
    if (header === undefined || found !== undefined) return found ?? wishOf(header, order)
    if (known.size >= 64) known.clear()
    const wish = wishOf(header, order)
    if (header.length <= 128) known.set(header, wish)
    return wish
  }
}

export const compression = (settings: Settings, platform: HttpPlatform["Service"]): Middleware => {
  const wishes = remembered(settings.algorithms)

  const replaced = (exchange: Exchange, response: HttpServerResponse, body: Uint8Array, algorithm: Algorithm) => {
    exchange.coding = algorithm
    return weakened(Response.setBody(response, HttpBody.uint8Array(body, response.headers["content-type"])))
  }

  /** Nobody is going to see the body, so it is not compressed to know its length. */
  const unmeasured = (exchange: Exchange, response: HttpServerResponse, algorithm: Algorithm) => {
    exchange.coding = algorithm
    return weakened(Response.removeHeader(Response.setBody(response, HttpBody.empty), "content-length"))
  }

  const compressed = (exchange: Exchange, response: HttpServerResponse, algorithm: Algorithm): Changed => {
    const { body } = response
    const level = levelFor(algorithm, settings.level)
    if (body._tag !== "Uint8Array") {
      exchange.coding = algorithm
      return Effect.map(platform.compression.compressResponse(response, algorithm, { level }), weakened)
    }
    if (exchange.method === "HEAD") return unmeasured(exchange, response, algorithm)
    if (body.contentLength <= small) {
      return replaced(exchange, response, compressNow(body.body, algorithm, level), algorithm)
    }
    return Effect.map(
      compress(body.body, algorithm, level),
      (bytes) => replaced(exchange, response, bytes, algorithm)
    )
  }

  return {
    name: "compression",
    transform: (exchange, response) => {
      if (!varies(response)) {
        if (response.status === 304) exchange.coding = "identity"
        return optedOut(response)
      }
      exchange.coding = "identity"
      const { algorithm, identity } = wishes(exchange.head.acceptEncoding)
      return algorithm === undefined || (identity && sizeOf(response) < settings.min_size)
        ? response
        : compressed(exchange, response, algorithm)
    },
    dress: ({ coding }, _status, fields) => {
      if (coding === undefined) return
      fields.push("vary", "accept-encoding")
      if (coding !== "identity") fields.push("content-encoding", coding)
    }
  }
}
