/** Why nobody is known: what is wrong with a token, an API key or a certificate, in words for its bearer. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** What may be wrong with a token itself. */
const ownFaults = [
  "too_large",
  "malformed",
  "header",
  "algorithm",
  "key",
  "signature",
  "claims",
  "issuer",
  "audience",
  "expired",
  "not_yet_valid"
] as const

/** Why a token was refused. The words are safe to show to its bearer. `keys_unavailable` is no fault of the token. */
export const TokenFault = Schema.Literals([...ownFaults, "keys_unavailable"])
export type TokenFault = typeof TokenFault.Type

/** Why nobody is known: no credential, or one that was refused. */
export const CredentialFault = Schema.Literals([
  "missing",
  ...ownFaults,
  "api_key_unknown",
  "api_key_expired",
  "certificate"
])
export type CredentialFault = typeof CredentialFault.Type

const codeOf = (fault: CredentialFault | TokenFault) => {
  switch (fault) {
    case "missing":
      return ErrorCode.of("network.session_not_found")
    case "expired":
    case "api_key_expired":
      return ErrorCode.of("network.session_expired")
    case "keys_unavailable":
      return ErrorCode.of("common.not_initialized")
    default:
      return ErrorCode.of("network.session_invalid")
  }
}

const faults: Record<CredentialFault | TokenFault, string> = {
  missing: "This needs a token. Send the header: Authorization: Bearer <token>",
  too_large: "The token is larger than this server accepts. Ask for one with fewer claims.",
  malformed: "The token is not a signed JSON Web Token. Send the token as it was issued.",
  header: "The header of the token has critical extensions or keys of its own. Ask for a token without them.",
  algorithm: "The token is signed by an algorithm that this server does not accept. Ask for a token of this server.",
  key: "The token is signed by a key that this server does not know. Ask for a new token of its issuer.",
  keys_unavailable: "The keys of the issuer cannot be had at the moment. Try again later.",
  signature: "The signature of the token does not match. Ask for a token of this server.",
  claims: "The token was issued for somebody else or lacks a claim. Ask for a token of this server.",
  issuer: "The token comes from an issuer that this server does not trust. Ask for a token of this server.",
  audience: "The token was issued for another audience. Ask for a token of this server.",
  expired: "The token has expired. Ask for a new one.",
  not_yet_valid: "The token is not valid yet. Check the clock of its issuer.",
  api_key_unknown: "The API key is not known. Send the key as it was made, or ask for a new one.",
  api_key_expired: "The API key has expired. Ask for a new one.",
  certificate: "The client certificate stands for nobody here. Use one that this server knows."
}

/** A token that `TokenVerifier` does not accept. */
export class TokenRejected extends Schema.TaggedError<TokenRejected>()("TokenRejected", { fault: TokenFault }) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return faults[this.fault]
  }
}

/** 401: no credential, or one that was refused. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  fault: CredentialFault
}) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return faults[this.fault]
  }
}

/** 503: the keys that a token is verified with could not be had, so nobody is known by it. */
export class AuthenticationUnavailable
  extends Schema.TaggedError<AuthenticationUnavailable>()("AuthenticationUnavailable", {})
{
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return faults.keys_unavailable
  }
}
