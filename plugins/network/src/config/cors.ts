/** Settings `network.http.cors`: https://fetch.spec.whatwg.org/#http-cors-protocol. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { OriginOrAny } from "./origin.ts"

/** RFC 9110 section 5.6.2. */
const Token = Schema.String.check(
  Schema.makeFilter((text) =>
    /^[\w!#$%&'*+.^`|~-]+$/.test(text) || `Expected a name such as "PUT" or "Content-Type", or "*"`
  )
)

const fields = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Let pages of other origins call this server, and answer the preflights of their browsers.",
    reloadable: true
  }),
  allowed_origins: Setting.field(SettingTypes.list(OriginOrAny), [], {
    description: "Origins whose pages may read answers: `https://example.com`; `https://*.example.com` is every " +
      "subdomain, `*` everybody.",
    reloadable: true
  }),
  allowed_methods: Setting.field(SettingTypes.list(Token), ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], {
    description: "Methods that they may use; browsers allow GET, HEAD and POST anyway.",
    reloadable: true
  }),
  allowed_headers: Setting.field(SettingTypes.list(Token), ["Content-Type", "Authorization"], {
    description: "Request headers that they may send; `*` is every one but Authorization.",
    reloadable: true
  }),
  exposed_headers: Setting.field(SettingTypes.list(Token), [], {
    description: "Header fields of answers that their scripts may read, beside those that browsers always show: " +
      "`X-Request-Id`, `Retry-After`.",
    reloadable: true
  }),
  allow_credentials: Setting.field(SettingTypes.Boolean, false, {
    description: "Let them send cookies and client certificates; `*` then stands in none of the lists.",
    reloadable: true
  }),
  max_age: Setting.field(SettingTypes.int(0), 3600, {
    description: "Seconds that a browser may remember the answer to a preflight.",
    unit: "seconds",
    reloadable: true
  })
})

const lists = ["allowed_origins", "allowed_methods", "allowed_headers", "exposed_headers"] as const

/** With credentials browsers read `*` as the name of something that is called so, and refuse every answer. */
export const Cors = fields.pipe(Schema.check(Schema.makeFilter((cors) => {
  const name = cors.allow_credentials ? lists.find((list) => cors[list].includes("*")) : undefined
  return name === undefined ||
    {
      path: [name],
      issue: "Expected names instead of *, because allow_credentials is true: list them, or set it to false"
    }
})))
