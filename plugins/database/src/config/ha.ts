/** Several servers: who gets the reads, and what happens when the primary is lost. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { parseEndpoint } from "../internal/nodes/endpoint.ts"

const { Boolean, Duration, int, Pause } = SettingTypes

const Endpoint = Schema.String.check(
  Schema.makeFilter((text) => parseEndpoint(text) !== undefined, {
    message: `Expected an endpoint such as "db-replica-01:5432" or "[fd00::1]:5432"`
  })
)

const ReadReplicas = Setting.section({
  enabled: Setting.field(Boolean, false, {
    description:
      "Send plain reads outside of transactions to replicas: SELECT, VALUES, TABLE, SHOW and WITH that lock " +
      "and change nothing and name nothing that begins with `pg_`.",
    reloadable: true
  }),
  endpoints: Setting.optional(SettingTypes.list(Endpoint), {
    description: "Further servers as host:port, with the credentials of the primary."
  }),
  load_balancing: Setting.field(Schema.Literals(["round_robin", "random", "least_connections"]), "round_robin", {
    description: "Which replica gets a read: each in turn, any, or the one with the fewest statements of this process.",
    reloadable: true
  }),
  max_lag: Setting.field(Duration, "10s", {
    description: "A replica that was further behind the primary when it was last asked gets no reads.",
    unit: "duration",
    reloadable: true
  })
})

const Failover = Setting.section({
  enabled: Setting.field(Boolean, true, {
    description: "Follow a promoted primary among the configured servers. It routes, it does not promote.",
    reloadable: true
  }),
  health_check_interval: Setting.field(Pause, "10s", {
    description: "How often every server is asked for its role, its position and its health.",
    unit: "duration",
    reloadable: true
  }),
  max_failover_attempts: Setting.field(int(0, 100), 3, {
    description: "How often a statement that could not be sent is led to the primary that answers by then.",
    reloadable: true
  })
})

export const HighAvailability = Setting.section({ read_replicas: ReadReplicas, failover: Failover })
