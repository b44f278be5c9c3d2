/** Settings `network.listen`: how many processes serve the port. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const Processes = Schema.Union([Schema.Literal("auto"), SettingTypes.int(1, 256)])

export const Listen = Setting.section({
  processes: Setting.field(Processes, 1, {
    description:
      "How many processes `heptad start` runs on the port. `auto` is one for each CPU that the app may use. " +
      "tcp.max_connections, the sessions of the database and the threads of the pool are shared out among them.",
    env: ["NETWORK_PROCESSES"],
    unit: "processes"
  }),
  max_restarts: Setting.field(SettingTypes.int(0, 1000), 5, {
    description: "How often in a row a process that died is started again before the app gives up and ends with 1. " +
      "One that ran for a minute counts anew."
  }),
  restart_backoff: Setting.field(SettingTypes.Pause, "500ms", {
    description:
      "The pause before a process that died is started again; twice as long after each next time, up to 30s.",
    unit: "duration"
  })
})
