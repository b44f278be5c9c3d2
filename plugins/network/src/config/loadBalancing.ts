/** Settings `network.load_balancing`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const later = "one process serves the port; several processes are not there yet"

export const Strategy = Schema.Literals(["round_robin", "least_connections", "ip_hash"])

export const LoadBalancing = Setting.section({
  strategy: Setting.optional(Strategy, {
    description: "How connections are spread over processes.",
    notApplied: later
  }),
  health_check: Setting.section({
    enabled: Setting.optional(SettingTypes.Boolean, {
      description: "Check the processes.",
      notApplied: later
    }),
    interval: Setting.optional(SettingTypes.Duration, {
      description: "Time between checks.",
      unit: "duration",
      notApplied: later
    }),
    timeout: Setting.optional(SettingTypes.Duration, {
      description: "Time for one check.",
      unit: "duration",
      notApplied: later
    }),
    unhealthy_threshold: Setting.optional(SettingTypes.int(1), {
      description: "Failed checks until a process gets no connections.",
      notApplied: later
    }),
    healthy_threshold: Setting.optional(SettingTypes.int(1), {
      description: "Passed checks until it gets them again.",
      notApplied: later
    })
  })
})
