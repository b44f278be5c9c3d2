/** Settings `network.load_balancing`: what holds for every upstream that does not say otherwise. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

export const Strategy = Schema.Literals(["round_robin", "least_connections", "ip_hash"])

export const LoadBalancing = Setting.section({
  strategy: Setting.optional(Strategy, {
    description: "Which endpoint of an upstream gets a request. Default: round_robin.",
    reloadable: true
  }),
  health_check: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Ask the endpoints of upstreams that have a load_balancing.health_check.path.",
      reloadable: true
    }),
    interval: Setting.field(SettingTypes.Pause, "10s", {
      description: "Time between two questions.",
      unit: "duration",
      reloadable: true
    }),
    timeout: Setting.field(SettingTypes.Pause, "2s", {
      description: "Time for one answer.",
      unit: "duration",
      reloadable: true
    }),
    unhealthy_threshold: Setting.field(SettingTypes.int(1), 3, {
      description: "Failures until an endpoint gets no requests.",
      reloadable: true
    }),
    healthy_threshold: Setting.field(SettingTypes.int(1), 2, {
      description: "Successes until it gets them again.",
      reloadable: true
    })
  })
})
