/** The kernel's own section, `deployment`: how the app is cut, and how long starting and stopping may take. */
import * as Schema from "effect/Schema"
import * as Setting from "./Setting.ts"
import { Bytes, Cores, Duration, int, Pause } from "./SettingTypes.ts"

const onlyShown = "only shown by the plan: whoever starts the instances decides which of them run"

/** By its name, or by the npm package that brings it: `"@acme/billing@^1.2.0"` or the two apart. */
export const PluginName = Schema.Union([
  Schema.NonEmptyString,
  Schema.Struct({
    package: Setting.item(Schema.NonEmptyString, { description: "npm package that brings the plugin." }),
    range: Setting.item(Schema.NonEmptyString, { description: "Versions of it that may start, for example ^1.2.0." })
  })
]).annotate({ message: `Expected the name of a plugin, or of a package with a version range` })

export type PluginName = typeof PluginName.Type

/** Zero attempts would be no start at all. */
const Policy = Schema.Struct({
  on_failure: Setting.item(Schema.Literals(["abort", "retry", "degrade"]), {
    description: "abort ends the boot; retry tries again, then ends it; degrade goes on without it and keeps trying."
  }),
  attempts: Setting.optional(int(1, 1_000_000), { description: "Tries in all, for retry. Default: 5." }),
  initial_backoff: Setting.optional(Pause, {
    description: "The pause after the first failure; each next one is twice as long. Default: 1s.",
    unit: "duration"
  }),
  max_backoff: Setting.optional(Pause, { description: "The longest pause. Default: 30s.", unit: "duration" })
})

const Service = Schema.Struct({
  name: Setting.item(Schema.String, { description: "Name of the service." }),
  systems: Setting.item(Schema.Array(Schema.String), { description: "The plugins that it runs." }),
  replicas: Setting.optional(int(1), { description: "How many instances of it run.", unit: "instances" })
})

export const Deployment = Setting.section({
  pattern: Setting.optional(Schema.Literals(["monolith", "microservice", "sidecar", "hybrid"]), {
    description:
      "How the app is deployed. In each pattern the plugins under systems and applications start in this process."
  }),
  systems: Setting.optional(Schema.Array(PluginName), {
    description:
      "The plugins that start, by name, or by npm package and version range where allowed_packages names the " +
      "package. Default: those of the app that the command names."
  }),
  applications: Setting.optional(Schema.Array(PluginName), {
    description:
      "The application plugins that start beside the systems. Default: those of the app that the command names."
  }),
  allowed_packages: Setting.field(Schema.Array(Schema.NonEmptyString), [], {
    description:
      "npm packages whose plugins may be named under systems and applications. Their code runs with all rights " +
      "of the app, so nothing is allowed by default."
  }),
  resources: Setting.section({
    cpu: Setting.optional(Cores, {
      description: "CPU time that one instance is given. Settings that want more are told.",
      unit: "cores"
    }),
    memory: Setting.optional(Bytes, {
      description:
        "Memory that one instance is given. Alert rules that wait for more, and a heap that may grow beyond it, " +
        "are told.",
      unit: "bytes"
    })
  }),
  replicas: Setting.optional(int(1), {
    description: "How many instances run.",
    unit: "instances",
    notApplied: onlyShown
  }),
  services: Setting.optional(Schema.Array(Service), {
    description: "The services of a microservice deployment (top-level `services` in the guide).",
    notApplied: onlyShown
  }),
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
    description: "What happens when a plugin does not start, by plugin name. Not named: abort."
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
