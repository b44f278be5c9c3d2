/** Settings `network.rate_limit`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const later = "requests are not rate limited yet; put a proxy in front"

export const RateLimit = Setting.section({
  enabled: Setting.optional(SettingTypes.Boolean, { description: "Limit requests.", notApplied: later }),
  requests_per_second: Setting.optional(SettingTypes.int(1), {
    description: "Requests per second of one client.",
    notApplied: later
  }),
  burst: Setting.optional(SettingTypes.int(1), {
    description: "Requests that may come at once.",
    notApplied: later
  }),
  strategy: Setting.optional(Schema.Literals(["token_bucket", "leaky_bucket"]), {
    description: "How the limit is counted.",
    notApplied: later
  })
})
