/** Makes tokens that `TokenVerifier` accepts. For development, the command line and tests; there is no login here. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { TokenNotIssued } from "./errors.ts"

export interface TokenRequest {
  /** The `sub` claim. */
  readonly sub: string
  /** The `roles` claim; absent = no claim. */
  readonly roles?: ReadonlyArray<string> | undefined
  /** How long the token is good. Default: `network.auth.jwt.ttl`. */
  readonly ttl?: Duration.Input | undefined
}

export class TokenIssuer extends Context.Service<TokenIssuer, {
  readonly issue: (request: TokenRequest) => Effect.Effect<Redacted.Redacted, TokenNotIssued>
}>()("@heptad/network/TokenIssuer") {}
