/** One request with the answer that it waits for, from the parsed head on: what every middleware reads and writes. */
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as http from "node:http"
import type { Algorithm } from "../config/compression.ts"
import type { RequestInfo } from "../CurrentRequest.ts"
import { plain } from "./clientAddresses.ts"
import type { Forwarded } from "./forwarded.ts"
import * as Http2Body from "./http2Body.ts"
import type { Quota } from "./limiter/Quota.ts"
import type { Upgrade } from "./Upgrade.ts"

/** Header fields that the server itself reads, found in one walk; the first of several counts. */
export interface Head {
  /** How many `Host` fields there are. */
  hosts: number
  contentLength: string | undefined
  transferEncoding: string | undefined
  contentType: string | undefined
  contentEncoding: string | undefined
  requestId: string | undefined
  traceparent: string | undefined
  origin: string | undefined
  acceptEncoding: string | undefined
  cookie: string | undefined
  /** `Sec-Fetch-Site` */
  fetchSite: string | undefined
  /** `Access-Control-Request-Method` */
  requestMethod: string | undefined
}

/** The rate limit, where it wants to know the user first. */
export interface UserLimit {
  /** Takes one request from the user: what is left, or below zero the seconds to wait; an effect where a store is asked. */
  readonly admitUser: (exchange: Exchange) => number | Effect.Effect<number>
}

const walk = (raw: ReadonlyArray<string>, head: Head): void => {
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ""
    const value = raw[index + 1]
    switch (name.length) {
      case 4:
        if (is(name, "host")) head.hosts++
        break
      case 6:
        if (is(name, "cookie")) head.cookie ??= value
        else if (is(name, "origin")) head.origin ??= value
        break
      case 11:
        if (is(name, "traceparent")) head.traceparent ??= value
        break
      case 12:
        if (is(name, "content-type")) head.contentType ??= value
        else if (is(name, "x-request-id")) head.requestId ??= value
        break
      case 14:
        if (is(name, "content-length")) head.contentLength ??= value
        else if (is(name, "sec-fetch-site")) head.fetchSite ??= value
        break
      case 15:
        if (is(name, "accept-encoding")) head.acceptEncoding ??= value
        break
      case 16:
        if (is(name, "content-encoding")) head.contentEncoding ??= value
        break
      case 17:
        if (is(name, "transfer-encoding")) head.transferEncoding ??= value
        break
      case 29:
        if (is(name, "access-control-request-method")) head.requestMethod ??= value
        break
      default:
    }
  }
}

const is = (name: string, lower: string): boolean => name === lower || name.toLowerCase() === lower

export class Exchange implements RequestInfo {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly method: string
  readonly url: string
  readonly path: string
  readonly head: Head = {
    hosts: 0,
    contentLength: undefined,
    transferEncoding: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    requestId: undefined,
    traceparent: undefined,
    origin: undefined,
    acceptEncoding: undefined,
    cookie: undefined,
    fetchSite: undefined,
    requestMethod: undefined
  }
  startedAt = 0n
  requestId = ""
  traceId = ""
  /** The client's span, or an invented one that nobody exports. */
  parentSpanId = ""
  sampled = false
  route: string | undefined = undefined
  userId: string | undefined = undefined
  /** What a middleware answered in place of the handler. */
  refusal: HttpServerResponse | undefined = undefined
  /** Where the request asks for a WebSocket, and may have one. */
  upgrade: Upgrade | undefined = undefined
  /** Whether the request asks for another protocol. */
  leavesHttp = false
  /** Where the connection belongs to another protocol by now. */
  isSwitched = false
  /** The whole body, where it was read before the handler began. */
  body: Buffer | undefined = undefined
  /** Of a body in JSON; the limit of the moment in which the request came. */
  maxJsonDepth = Infinity
  /** What trusted proxies told about the client. */
  forwarded: Forwarded | undefined = undefined
  /** Answers this request, unless it did so at once. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined
  /** What the rate limit leaves its client: requests, or seconds of waiting below zero. Not a number where nobody counted. */
  quota = Number.NaN
  /** The limit that it was held against. */
  heldBy: Quota | undefined = undefined
  /** Who is to be told about the user; absent once told. */
  userLimit: UserLimit | undefined = undefined
  /** How the client compressed it; the whole body is expanded already. */
  bodyCoding: Algorithm | undefined = undefined
  /** Of the answer, where it depends on what the client accepts. */
  coding: Algorithm | "identity" | undefined = undefined

  constructor(request: http.IncomingMessage, response: http.ServerResponse) {
    this.request = request
    this.response = response
    this.method = request.method ?? ""
    this.url = request.url ?? ""
    const query = this.url.indexOf("?")
    this.path = query < 0 ? this.url : this.url.slice(0, query)
    walk(request.rawHeaders, this.head)
  }

  get clientAddress(): string {
    return this.forwarded?.address ?? this.peerAddress
  }

  /** Who is at the other end of the connection. */
  get peerAddress(): string {
    return plain(this.request.socket.remoteAddress ?? "")
  }

  /** Whether the client said that a body follows. */
  get hasBody(): boolean {
    const { contentLength, transferEncoding } = this.head
    return transferEncoding !== undefined || (contentLength !== undefined && contentLength !== "0") ||
      (this.request.httpVersionMajor === 2 && Http2Body.hasBody(this.request))
  }

  /** Whether a part of its body is still to come. */
  get isArriving(): boolean {
    return this.request.httpVersionMajor === 2
      ? Http2Body.isArriving(this.request)
      : this.hasBody && !this.request.complete
  }
}
