/**
 * Settings `network.load_balancing`: which of several processes gets a connection, and what holds for every upstream that does
 * not say otherwise.
 */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

export const Strategy = Schema.Literals(["round_robin", "least_connections", "ip_hash"])

export const LoadBalancing = Setting.section({
  strategy: Setting.optional(Strategy, {
    description:
      "Which of the processes of listen.processes gets a connection, and which endpoint of an upstream a request: in " +
      "turn, the one with the fewest, or one for each client's address. Default: round_robin.",
    reloadable: true
  }),
  health_check: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Ask the event loops of processes, and the endpoints of upstreams that have a " +
        "load_balancing.health_check.path.",
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
      description:
        "Failures until a process gets no connections, or an endpoint no requests. After twice as many the process " +
        "is killed and started again.",
      reloadable: true
    }),
    healthy_threshold: Setting.field(SettingTypes.int(1), 2, {
      description: "Successes until it gets them again.",
      reloadable: true
    })
  })
})
