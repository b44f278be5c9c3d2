/** Turns a bearer token into a principal, or says why it was refused. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { TokenRejected } from "./errors.ts"
import type { Principal } from "./Principal.ts"

export class TokenVerifier extends Context.Service<TokenVerifier, {
  /**
   * Checks size, form, header, algorithm, key, signature, `iss`, `aud`, `exp` (required), `nbf` and `sub`, in this order of
   * cost. A signature that was verified a moment ago is remembered (`network.auth.jwt.verified_tokens`).
   */
  readonly verify: (token: Redacted.Redacted) => Effect.Effect<Principal["Service"], TokenRejected>
}>()("@heptad/network/TokenVerifier") {}
