/**
 * One entry of the list that every request passes. All parts are plain functions on the exchange: a request that is refused
 * costs no fiber and no body, and one that is not costs no detour. Parts that the settings switch off are absent.
 */
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import type { Exchange } from "../internal/exchange.ts"

export interface Middleware {
  readonly name: string
  /** Answers in place of the handler, by the head alone. The rest of the list is then not asked. */
  readonly admit?: (exchange: Exchange) => HttpServerResponse | undefined
  /** The same by and by: asked when all of the list have admitted the request. Calls back once, at once where it can. */
  readonly ask?: (exchange: Exchange, then: (refusal: HttpServerResponse | undefined) => void) => void
  /** Makes another answer of what the handler answered, before it is dressed. */
  readonly transform?: Transform
  /** Header fields that every answer has: names in lower case, each followed by its value. What a handler set itself wins. */
  readonly fields?: ReadonlyArray<string>
  /** Adds header fields to an answer: names in lower case, each followed by its value. What a handler set itself wins. */
  readonly dress?: (exchange: Exchange, status: number, fields: Array<string>) => void
  /** Sees the end: the answer is handed to the socket, or the client has gone. `fiber` is the one that answered. */
  readonly end?: (exchange: Exchange, status: number, fiber: AnyFiber) => void
}

export type Transform = (
  exchange: Exchange,
  response: HttpServerResponse
) => HttpServerResponse | Effect.Effect<HttpServerResponse>

export type AnyFiber = Fiber.Fiber<unknown, unknown> | undefined

/** What runs in a fiber for a request. */
export type App<E = never> = Effect.Effect<HttpServerResponse, E, HttpServerRequest | Scope.Scope>
