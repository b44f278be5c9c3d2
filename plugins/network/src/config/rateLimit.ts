/** Settings `network.rate_limit`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { Range } from "./ranges.ts"

/** Header names are tokens (RFC 9110 section 5.6.2). */
const Key = Schema.String.check(
  Schema.makeFilter((key) =>
    /^(?:ip|user|route|header:[!#$%&'*+.^_`|~\w-]+)$/.test(key) || `Expected "ip", "user", "route" or "header:<name>"`
  )
)

const Keys = SettingTypes.list(Key).check(
  Schema.makeFilter((keys) => keys.length > 0 || `Expected at least one of "ip", "user", "route", "header:<name>"`)
)

export const RateLimit = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Answer 429 to clients that ask more often.",
    reloadable: true
  }),
  requests_per_second: Setting.field(SettingTypes.int(1), 1000, {
    description: "Requests per second of one client in the long run.",
    reloadable: true
  }),
  burst: Setting.field(SettingTypes.int(1), 2000, {
    description: "Requests of one client that may come at once after a pause.",
    reloadable: true
  }),
  strategy: Setting.field(Schema.Literals(["token_bucket", "leaky_bucket"]), "token_bucket", {
    description:
      "How it is counted. Both let the same requests pass; leaky_bucket (GCRA) keeps one number per client " +
      "instead of two.",
    reloadable: true
  }),
  key: Setting.field(Keys, ["ip"], {
    description: "What makes two requests those of one client, all of it together: ip (of IPv6 the /64 network), " +
      "user (the principal; ip where there is none), route (method and template), header:<name>.",
    reloadable: true
  }),
  max_keys: Setting.field(SettingTypes.int(1, 10_000_000), 100_000, {
    description: "Clients that are remembered; the ones that have nearly no debt are forgotten first.",
    reloadable: true
  }),
  exempt: Setting.field(SettingTypes.list(Range), [], {
    description: "Client addresses and ranges that are not limited.",
    reloadable: true
  }),
  headers: Setting.field(SettingTypes.Boolean, true, {
    description: "Tell clients on every answer what is left, by RateLimit and RateLimit-Policy.",
    reloadable: true
  })
})
