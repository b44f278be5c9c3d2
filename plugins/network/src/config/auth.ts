/** Settings `network.auth`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

/** RFC 7518 section 3.2: an HS256 key has at least the size of the hash. */
const JwtSecret = Schema.String.check(
  Schema.makeFilter((secret) =>
    new TextEncoder().encode(secret).length >= 32 || "Expected a secret of at least 32 bytes"
  )
)

export const Auth = Setting.section({
  jwt: Setting.section({
    secret: Setting.optional(Schema.RedactedFromValue(JwtSecret), {
      description: "HS256 secret of at least 32 bytes that signs and verifies tokens.",
      env: ["JWT_SECRET"],
      secret: true
    }),
    generate_secret: Setting.field(SettingTypes.Boolean, true, {
      description:
        "Without a secret: make one and keep it in the data directory. Off: the start fails without a secret."
    }),
    issuer: Setting.field(Schema.NonEmptyString, "heptad", {
      description: "The `iss` claim that is asked for.",
      reloadable: true
    }),
    audience: Setting.field(Schema.NonEmptyString, "api", {
      description: "The `aud` claim that is asked for.",
      reloadable: true
    }),
    leeway: Setting.field(SettingTypes.Duration, "5s", {
      description: "How far the clocks of issuer and server may differ.",
      unit: "duration",
      reloadable: true
    }),
    ttl: Setting.field(SettingTypes.Duration, "1h", {
      description: "How long tokens made by this server are good.",
      unit: "duration",
      reloadable: true
    }),
    max_token_size: Setting.field(SettingTypes.Bytes, "4KB", {
      description: "Larger tokens are refused unread.",
      unit: "bytes",
      reloadable: true
    })
  }),
  roles_from_token: Setting.field(SettingTypes.Boolean, false, {
    description: "Believe the `roles` claim. Off: roles come from the plugin that keeps the permissions only.",
    reloadable: true
  })
})
