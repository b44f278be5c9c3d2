/** Says who sent a request, by whichever proof the settings accept: bearer token, API key or client certificate. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { AuthenticationUnavailable, Unauthenticated } from "./errors.ts"
import type { Principal } from "./Principal.ts"

export class Authenticator extends Context.Service<Authenticator, {
  /**
   * The first proof that the request brings counts, in the order token, API key, certificate: one that is refused is not
   * made good by another.
   */
  readonly authenticate: (
    request: HttpServerRequest
  ) => Effect.Effect<Principal["Service"], Unauthenticated | AuthenticationUnavailable>
  /** The `WWW-Authenticate` header of a refusal. */
  readonly challenge: (error: Unauthenticated) => string
}>()("@heptad/network/Authenticator") {}
