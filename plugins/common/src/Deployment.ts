/** The kernel's own section, `deployment`: how the app is cut, and how long starting and stopping may take. */
import * as Schema from "effect/Schema"
import * as Setting from "./Setting.ts"
import { Duration, int, Pause } from "./SettingTypes.ts"

const later = "read by the plan and the manifest generator, which this version does not have yet"

/** Zero attempts would be no start at all. */
const Policy = Schema.Struct({
  on_failure: Schema.Literals(["abort", "retry", "degrade"]),
  attempts: Schema.optionalKey(int(1, 1_000_000)),
  initial_backoff: Schema.optionalKey(Pause),
  max_backoff: Schema.optionalKey(Pause)
})

export const Deployment = Setting.section({
  pattern: Setting.optional(Schema.Literals(["monolith", "microservice", "sidecar", "hybrid"]), {
    description: "How the app is deployed.",
    notApplied: later
  }),
  systems: Setting.optional(Schema.Array(Schema.String), {
    description: "Which plugins start.",
    notApplied: "the prebuilt app decides which plugins start; composition from settings is not there yet"
  }),
  resources: Setting.optional(
    Schema.Struct({ cpu: Schema.optionalKey(Schema.String), memory: Schema.optionalKey(Schema.String) }),
    { description: "What one instance is given.", notApplied: later }
  ),
  replicas: Setting.optional(Schema.Int, { description: "How many instances run.", notApplied: later }),
  services: Setting.optional(
    Schema.Array(Schema.Struct({
      name: Schema.String,
      systems: Schema.Array(Schema.String),
      replicas: Schema.optionalKey(Schema.Int)
    })),
    { description: "The services of a microservice deployment (top-level `services` in the guide).", notApplied: later }
  ),
  start_timeout: Setting.field(Duration, "60s", {
    description: "How long one plugin may take to start before the boot fails and names it.",
    unit: "duration"
  }),
  termination_grace: Setting.optional(Duration, {
    description: "What the platform grants between SIGTERM and SIGKILL; the start warns when a stop may take longer.",
    unit: "duration",
    env: ["TERMINATION_GRACE"]
  }),
  plugins: Setting.field(Schema.Record(Schema.String, Policy), {}, {
    description:
      "What happens when a plugin does not start, by plugin name. on_failure: abort (default) ends the boot; " +
      "retry tries again, attempts times in all (default 5); degrade goes on without it, answers in its place that it is not " +
      "available, and tries again until it starts. Pauses double from initial_backoff (default 1s) to max_backoff (default 30s)."
  }),
  drain: Setting.section({
    lame_duck: Setting.field(Duration, "0s", {
      description: "How long the app keeps serving after readiness answers 503, so that balancers stop sending.",
      unit: "duration"
    }),
    budget: Setting.field(Duration, "20s", {
      description:
        "How long a drain step, and a plugin that closes, may take before it is cut and counted, where the next " +
        "four settings do not say otherwise.",
      unit: "duration"
    }),
    accept: Setting.optional(Duration, {
      description: "How long listeners may take to stop accepting. Default: budget.",
      unit: "duration"
    }),
    requests: Setting.optional(Duration, {
      description: "How long requests in flight may take to be answered. Default: budget.",
      unit: "duration"
    }),
    jobs: Setting.optional(Duration, {
      description: "How long jobs may take to finish or to go back to their queue. Default: budget.",
      unit: "duration"
    }),
    close: Setting.optional(Duration, {
      description: "How long one plugin may take to close. Default: budget.",
      unit: "duration"
    })
  })
})

/** The decoded section. */
export interface Deployment extends Schema.Schema.Type<typeof Deployment> {}
