/** Settings `network.auth`: who is believed, and by which proof. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { ApiKey } from "./apiKey.ts"
import { isTrustedUrl } from "./trustedUrl.ts"

/** RFC 7518 section 3.2: an HS256 key has at least the size of the hash. */
const JwtSecret = Schema.String.check(
  Schema.makeFilter((secret) =>
    new TextEncoder().encode(secret).length >= 32 || "Expected a secret of at least 32 bytes"
  )
)

/** Whoever can change what comes back chooses who is believed, so it may not be changed on its way. */
const JwksUrl = Schema.String.check(
  Schema.makeFilter((url) => isTrustedUrl(url) || "Expected an https URL without a password, or http to this machine")
)

export const Algorithm = Schema.Literals(["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"])
export type Algorithm = typeof Algorithm.Type

const publicKeys = {
  public_key_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of public keys or certificates that verify tokens; read again when it changes."
  }),
  jwks_file: Setting.optional(Schema.NonEmptyString, {
    description: "File of a JSON Web Key Set that verifies tokens; read again when it changes."
  }),
  key_files_interval: Setting.field(SettingTypes.Pause, "10s", {
    description: "How often the files of keys, those of `api_keys` too, are read again.",
    unit: "duration"
  }),
  jwks_url: Setting.optional(JwksUrl, {
    description: "Where the issuer of tokens publishes its JSON Web Key Set; https, or http on this machine."
  }),
  jwks_timeout: Setting.field(SettingTypes.Pause, "5s", {
    description: "Longest wait for the key set of the issuer.",
    unit: "duration"
  }),
  jwks_max_size: Setting.field(SettingTypes.Bytes, "256KB", {
    description: "Largest key set that is read, from the issuer or from the file.",
    unit: "bytes"
  }),
  jwks_max_age: Setting.field(SettingTypes.Pause, "10m", {
    description:
      "The key set of the issuer is fetched again after this. A key that it leaves out is trusted that long.",
    unit: "duration"
  }),
  jwks_cooldown: Setting.field(SettingTypes.Pause, "30s", {
    description: "Pause between two fetches that nobody planned: after a failed one, and for tokens of unknown keys.",
    unit: "duration"
  }),
  jwks_max_stale: Setting.field(SettingTypes.Duration, "24h", {
    description: "How long keys are used while the issuer does not answer; after this its tokens get 503.",
    unit: "duration"
  })
}

const Jwt = Setting.section({
  secret: Setting.optional(Schema.RedactedFromValue(JwtSecret), {
    description: "HS256 secret of at least 32 bytes that signs and verifies tokens.",
    env: ["JWT_SECRET"],
    secret: true
  }),
  previous_secret: Setting.optional(Schema.RedactedFromValue(JwtSecret), {
    description: "The secret before this one: still verifies tokens, signs none. For changing the secret unnoticed.",
    env: ["JWT_PREVIOUS_SECRET"],
    secret: true
  }),
  generate_secret: Setting.field(SettingTypes.Boolean, true, {
    description: "Without a secret and without public keys: make a secret and keep it in the data directory. " +
      "Off: the start fails then."
  }),
  algorithms: Setting.optional(SettingTypes.list(Algorithm), {
    description:
      "Signatures that are accepted. Default: those that fit the keys that are set. A key verifies only the " +
      "algorithms of its own type, whatever stands here."
  }),
  ...publicKeys,
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
  }),
  verified_tokens: Setting.field(SettingTypes.int(0, 1_000_000), 1000, {
    description: "Tokens whose signature is remembered until they expire or the keys change; each takes up to " +
      "max_token_size. 0: every request verifies again.",
    reloadable: true
  })
})

const ApiKeys = Setting.section({
  header: Setting.field(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9-]{1,64}$/)), "X-API-Key", {
    description: "Header that carries an API key.",
    reloadable: true
  }),
  keys: Setting.field(Schema.Array(ApiKey), [], {
    description: "API keys that are accepted, by their hashes; `heptad token api-key` makes one.",
    reloadable: true
  }),
  file: Setting.optional(Schema.NonEmptyString, {
    description: "File with a list of more keys, YAML or JSON; read again when it changes."
  })
})

const Mtls = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "A verified client certificate says who asks, where a request has neither token nor API key. " +
      "Needs network.tls.verify_client.",
    reloadable: true
  }),
  subject: Setting.field(Schema.Literals(["common_name", "dns", "uri", "email"]), "common_name", {
    description: "Which name of the certificate counts: the common name of its subject, or the only alternative name " +
      "of this kind.",
    reloadable: true
  }),
  subjects: Setting.optional(Schema.Record(Schema.String, Schema.NonEmptyString), {
    description:
      "Whom a name of a certificate stands for; other certificates are refused then. Default: the name itself.",
    reloadable: true
  })
})

export const Auth = Setting.section({
  jwt: Jwt,
  api_keys: ApiKeys,
  mtls: Mtls,
  roles_from_token: Setting.field(SettingTypes.Boolean, false, {
    description: "Believe the `roles` claim. Off: roles come from the plugin that keeps the permissions only.",
    reloadable: true
  }),
  log_grants: Setting.field(SettingTypes.Boolean, false, {
    description: "Also log who was allowed to do what; refusals always are.",
    reloadable: true
  })
})

/** Whether keys of others verify tokens here. */
export const hasPublicKeys = (
  { jwks_file, jwks_url, public_key_file }: (typeof Auth)["Type"]["jwt"]
): boolean => jwks_file !== undefined || jwks_url !== undefined || public_key_file !== undefined
