/** Settings `network.sse`: answers of the type text/event-stream. */
import { Setting, SettingTypes } from "@heptad/common"

export const Sse = Setting.section({
  heartbeat: Setting.field(SettingTypes.Pause, "15s", {
    description: "An event stream that has been quiet for this long gets a comment, which proxies take for traffic.",
    unit: "duration",
    reloadable: true
  })
})
