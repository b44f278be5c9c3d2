/** Settings `network.http.cors`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const later = "cross-origin requests are not answered specially yet; put a proxy in front"

export const Cors = Setting.section({
  enabled: Setting.optional(SettingTypes.Boolean, {
    description: "Answer cross-origin requests.",
    notApplied: later
  }),
  allowed_origins: Setting.optional(SettingTypes.list(Schema.String), {
    description: "Origins that may call.",
    notApplied: later
  }),
  allowed_methods: Setting.optional(SettingTypes.list(Schema.String), {
    description: "Methods that they may use.",
    notApplied: later
  }),
  allowed_headers: Setting.optional(SettingTypes.list(Schema.String), {
    description: "Request headers that they may send.",
    notApplied: later
  }),
  max_age: Setting.optional(SettingTypes.int(0), {
    description: "Seconds that a browser may remember the answer.",
    unit: "seconds",
    notApplied: later
  })
})
