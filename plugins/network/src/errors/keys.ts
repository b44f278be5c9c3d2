/** What is wrong with the keys that this server verifies or signs with. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** No secret is set, and none may be generated. */
export class JwtSecretMissing extends Schema.TaggedError<JwtSecretMissing>()("JwtSecretMissing", {}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return "network.auth.jwt.secret is not set and network.auth.jwt.generate_secret is false. Set JWT_SECRET " +
      "(or JWT_SECRET_FILE) to a random text of at least 32 bytes, for example the output of: openssl rand -base64 48"
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** A file of keys or key set that the settings name cannot be used at the start. */
export class AuthKeysUnusable extends Schema.TaggedError<AuthKeysUnusable>()("AuthKeysUnusable", {
  setting: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `${this.setting} cannot be used: ${this.problem}. Correct the file, or the setting that names it.`
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** This server verifies tokens of others and has no secret to sign its own. */
export class TokenNotIssued extends Schema.TaggedError<TokenNotIssued>()("TokenNotIssued", {}) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return "No token can be made: network.auth.jwt names public keys and no secret. Get the token from its issuer, " +
      "or set JWT_SECRET to let this server sign tokens as well."
  }
}
