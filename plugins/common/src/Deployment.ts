/** The kernel's own section, `deployment`: how the app is cut, and how long starting and stopping may take. */
import * as Schema from "effect/Schema"
import * as Setting from "./Setting.ts"
import { Duration } from "./SettingTypes.ts"

const later = "read by the plan and the manifest generator, which this version does not have yet"

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
  drain: Setting.section({
    lame_duck: Setting.field(Duration, "0s", {
      description: "How long the app keeps serving after readiness answers 503, so that balancers stop sending.",
      unit: "duration"
    }),
    budget: Setting.field(Duration, "20s", {
      description: "How long each drain step and each plugin may take to stop before it is cut and counted.",
      unit: "duration"
    })
  })
})

/** The decoded section. */
export interface Deployment extends Schema.Schema.Type<typeof Deployment> {}
