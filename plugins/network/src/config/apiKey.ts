/** One API key as settings and key files write it. Of the key itself only the hash is anywhere on the server. */
import { Setting } from "@heptad/common"
import * as Schema from "effect/Schema"
import { Name } from "../credentialNames.ts"

export const ApiKey = Schema.Struct({
  id: Setting.item(Name(128), { description: "Names the key in logs and claims; unique." }),
  hash: Setting.item(Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/)), {
    description: "`sha256:` and the SHA-256 of the key in hexadecimal digits."
  }),
  subject: Setting.item(Name(256), { description: "Who asks with this key." }),
  roles: Setting.optional(Schema.Array(Name(128)).check(Schema.isMaxLength(64)), {
    description: "Roles of the key, beside those of its subject. Default: none."
  }),
  expires_at: Setting.optional(Schema.DateTimeUtcFromString, {
    description: "When it stops being good, for example 2027-01-01T00:00:00Z. Default: never."
  })
})
export type ApiKey = typeof ApiKey.Type

/** A file of keys holds a list of them. */
export const ApiKeyFile = Schema.Array(ApiKey)
