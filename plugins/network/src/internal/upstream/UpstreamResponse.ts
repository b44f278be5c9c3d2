/** An answer of an upstream as Effect's clients know it, whose body comes from where the policies have left it. */
import * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import { pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

type Response = HttpClientResponse.HttpClientResponse

export type Body = Pick<Response, "arrayBuffer" | "stream">

/** All of it is here: no connection waits for who reads it. */
export const whole = (bytes: ArrayBuffer): Body => ({
  arrayBuffer: Effect.succeed(bytes),
  get stream() {
    return bytes.byteLength === 0 ? Stream.empty : Stream.succeed(new Uint8Array(bytes))
  }
})

const joined = (chunks: ReadonlyArray<Uint8Array>): ArrayBuffer => {
  const bytes = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes.buffer
}

/** It is read as it arrives. */
export const arriving = (stream: Body["stream"]): Body => ({
  arrayBuffer: Effect.map(Stream.runCollect(stream), joined),
  stream
})

export class UpstreamResponse extends Inspectable.Class implements Response {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly #head: Response
  readonly #body: Body
  readonly status: number
  readonly headers: Response["headers"]

  constructor(head: Response, body: Body) {
    super()
    this.#head = head
    this.#body = body
    this.status = head.status
    this.headers = head.headers
  }

  get arrayBuffer() {
    return this.#body.arrayBuffer
  }

  get stream() {
    return this.#body.stream
  }

  get request() {
    return this.#head.request
  }

  get url() {
    return this.#head.url
  }

  get cookies() {
    return this.#head.cookies
  }

  get remoteAddress() {
    return this.#head.remoteAddress
  }

  get upgrade() {
    return this.#head.upgrade
  }

  readonly #undecodable = (cause: unknown) =>
    new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })

  get text(): Response["text"] {
    return Effect.map(this.arrayBuffer, (body) => new TextDecoder().decode(body))
  }

  get json(): Effect.Effect<Schema.Json, HttpClientError.HttpClientError> {
    return Effect.flatMap(
      this.text,
      (text) => Effect.try({ try: () => text === "" ? null : JSON.parse(text), catch: this.#undecodable })
    )
  }

  get urlParamsBody(): Response["urlParamsBody"] {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Response["formData"] {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new globalThis.Response(body, { headers: this.headers }).formData(),
        catch: this.#undecodable
      }))
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  pipe() {
    return pipeArguments(this, arguments)
  }
}
