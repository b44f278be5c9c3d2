/** What middleware wraps. Every middleware of this folder is one function from an app to an app. */
import type * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"

export type App<E = never> = Effect.Effect<HttpServerResponse, E, HttpServerRequest | Scope.Scope>
