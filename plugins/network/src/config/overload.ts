/** Settings `network.overload`: when requests are refused because there is too much to do. */
import { Setting, SettingTypes } from "@heptad/common"

export const Overload = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description:
      "Answer 503 while the event loop is late, and to requests that change something while a plugin has too much to do.",
    reloadable: true
  }),
  max_event_loop_delay: Setting.field(SettingTypes.Pause, "500ms", {
    description: "How late the event loop may be on average, for a second; requests are let in again at half of it.",
    unit: "duration",
    reloadable: true
  }),
  max_event_loop_utilization: Setting.optional(SettingTypes.Percent, {
    description:
      "How busy the event loop may be, for a second. A busy loop that is not late serves well, so there is no default.",
    unit: "percent",
    reloadable: true
  })
})
