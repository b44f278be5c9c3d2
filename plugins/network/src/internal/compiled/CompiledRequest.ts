/**
 * The request of a compiled endpoint: Effect's interface over node's message. A body that the endpoint declares was read before
 * the handler began; whoever asks for it in another form gets it from there.
 */
import { NodeHttpIncomingMessage } from "@effect/platform-node/NodeHttpIncomingMessage"
import * as NodeMultipart from "@effect/platform-node/NodeMultipart"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import { HttpServerError, RequestParseError } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as UrlParams from "effect/http/UrlParams"
import type * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import type { Exchange } from "../exchange.ts"
import type { Input } from "./apiShape.ts"
import type { RequestState } from "./requestState.ts"

type Request = HttpServerRequest.HttpServerRequest

/** What `modify` changes. */
type Changes = Parameters<Request["modify"]>[0]

const decoder = new TextDecoder()

const copyOf = ({ buffer, byteLength, byteOffset }: Buffer): ArrayBuffer => {
  const copy = new ArrayBuffer(byteLength)
  new Uint8Array(copy).set(new Uint8Array(buffer, byteOffset, byteLength))
  return copy
}

/** The largest body that may be read in this context. */
export const mostBytes = (context: Context.Context<never>): number => {
  const most = Context.get(context, HttpIncomingMessage.MaxBodySize)
  return most === undefined ? Infinity : Number(most)
}

export class CompiledRequest extends NodeHttpIncomingMessage<HttpServerError> implements Request, RequestState {
  readonly [HttpServerRequest.TypeId]: typeof HttpServerRequest.TypeId = HttpServerRequest.TypeId
  protected override readonly destroyOnOverflow = false
  protected override readonly closeOnDone = false
  readonly exchange: Exchange
  readonly #changes: Changes
  /** Of the request; closed when its answer is given. */
  readonly scope: Scope.Closeable = Scope.makeUnsafe()
  /** How the handler ended, for the finalizers of the scope. */
  exit: Exit.Exit<void, unknown> = Exit.void
  preResponseHandler: RequestState["preResponseHandler"] = undefined
  loggerDisabled = false
  /** What Effect has decoded. */
  decoded: Input | undefined = undefined
  /** What the handler came to, for who encodes it. */
  outcome: Effect.Effect<unknown, unknown, unknown> = Effect.never
  #headers: Headers.Headers | undefined = undefined

  constructor(exchange: Exchange, changes: Changes = {}) {
    super(exchange.request, (cause) => this.#failure(cause), changes.remoteAddress)
    this.exchange = exchange
    this.#changes = changes
  }

  #failure(cause: unknown): HttpServerError {
    const reason = cause instanceof Error && "maxBytes" in cause ? "BodyTooLarge" : "Parse"
    return new HttpServerError({ reason: new RequestParseError({ request: this, reason, cause }) })
  }

  get url(): string {
    return this.#changes.url ?? this.exchange.url
  }

  get originalUrl(): string {
    const { host } = this.source.headers
    if (host === undefined) return this.exchange.url
    return `${"encrypted" in this.source.socket ? "https" : "http"}://${host}${this.exchange.url}`
  }

  get method(): string {
    return this.exchange.method
  }

  get protocol(): "http" | "https" | undefined {
    return this.#changes.protocol
  }

  get peerAddress(): Option.Option<string> {
    return this.#changes.peerAddress ?? this.remoteAddress
  }

  override get headers(): Headers.Headers {
    return this.#headers ??= this.#changes.headers ?? this.#own
  }

  /** Of a body that was expanded they tell nothing any more. */
  get #own(): Headers.Headers {
    const own = Headers.fromInput(this.source.headers)
    return this.#isExpanded ? Headers.removeMany(own, ["content-encoding", "content-length"]) : own
  }

  /** Its limit counts when somebody reads it, as that of a body that arrives does. */
  get #isExpanded(): boolean {
    return this.exchange.bodyCoding !== undefined
  }

  get cookies(): Readonly<Record<string, string>> {
    return Cookies.parseHeader(this.headers["cookie"] ?? "")
  }

  override get text(): Effect.Effect<string, HttpServerError> {
    return this.#whole(super.text, (body) => decoder.decode(body))
  }

  override get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpServerError> {
    return this.#whole(super.arrayBuffer, copyOf)
  }

  /** Of the body that is here; one that is larger than its reader allows is read as if it arrived, which tells that. */
  #whole<A>(arriving: Effect.Effect<A, HttpServerError>, of: (body: Buffer) => A): Effect.Effect<A, HttpServerError> {
    const { body } = this.exchange
    if (body === undefined || this.#isExpanded) return arriving
    return Effect.withFiber((fiber) => body.length > mostBytes(fiber.context) ? arriving : Effect.succeed(of(body)))
  }

  override get stream(): Stream.Stream<Uint8Array, HttpServerError> {
    const { body } = this.exchange
    return body === undefined ? super.stream : Stream.succeed(body)
  }

  protected override get bodySource(): Readable {
    const { body } = this.exchange
    return body === undefined ? this.source : Readable.from([body])
  }

  get multipart(): Request["multipart"] {
    return NodeMultipart.persisted(this.bodySource, this.source.headers)
  }

  get multipartStream(): Request["multipartStream"] {
    return NodeMultipart.stream(this.bodySource, this.source.headers)
  }

  get upgrade(): Request["upgrade"] {
    return this.upgradeWith()
  }

  upgradeWith(): Request["upgrade"] {
    const description = "not an upgradeable ServerRequest"
    return Effect.fail(new HttpServerError({ reason: new RequestParseError({ request: this, description }) }))
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "HttpServerRequest",
      method: this.method,
      url: UrlParams.redactUrl(this.originalUrl)
    })
  }

  modify(changes: Changes): Request {
    return new CompiledRequest(this.exchange, { ...this.#changes, ...changes })
  }
}
