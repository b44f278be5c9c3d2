/** Keys that cannot be used, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/keys.ts"

export const keys = explanationsOf<typeof Errors>({
  JwtSecretMissing: {
    title: "There is no secret to verify tokens with",
    cause:
      "network.auth.jwt.generate_secret is false, as in production, and the environment of this process has no JWT_SECRET.",
    remedy: "Set JWT_SECRET or JWT_SECRET_FILE to at least 32 random bytes, the same for all instances: " +
      "openssl rand -base64 48.",
    code: "common.invalid_argument"
  },
  AuthKeysUnusable: {
    title: "A file of keys cannot be used",
    cause:
      "network.auth names a file of public keys, a key set or a list of API keys that is missing, not readable for " +
      "this user, too large, or does not hold what it should.",
    remedy:
      "Correct the file that the message names. A list of API keys is YAML or JSON with id, hash and subject each; " +
      "heptad token api-key prints one.",
    code: "common.invalid_argument"
  },
  TokenNotIssued: {
    title: "This server makes no tokens",
    cause:
      "network.auth.jwt names public keys of an issuer and has no secret, so it can verify tokens and not sign them.",
    remedy: "Get the token from the issuer. For tests set JWT_SECRET beside the public keys.",
    code: "common.not_initialized"
  }
})
