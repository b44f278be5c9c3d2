/** The settings of common. */
import * as Schema from "effect/Schema"
import * as Setting from "./Setting.ts"
import * as SettingTypes from "./SettingTypes.ts"

/** Both spellings of the ecosystem; the logger, which inherits the value, reads the same. */
const logLevels = ["trace", "debug", "info", "warn", "warning", "error", "critical", "fatal"] as const
const logFormats = ["json", "text"] as const

const noMoves = "JavaScript passes references: there is nothing to move or to elide"

const Registry = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Keep a count per error code. The metric error_count_total is updated either way.",
    env: ["COMMON_ENABLE_REGISTRY"]
  }),
  persist: Setting.field(SettingTypes.Boolean, false, {
    description: "Keep the counts over restarts."
  }),
  path: Setting.field(Schema.NonEmptyString, "error_registry.json", {
    description: "JSON file of the counts; a relative path is below the data directory.",
    env: ["COMMON_REGISTRY_PATH"]
  }),
  flush_interval: Setting.field(SettingTypes.Pause, "30s", {
    description: "How often changed counts are written; they are also written when the app stops.",
    unit: "duration",
    reloadable: true
  })
})

const Feature = Schema.Struct({
  rollout_percentage: Setting.item(SettingTypes.int(0, 100), {
    description: "How many of a hundred users see the feature."
  }),
  allow: Setting.optional(Schema.Array(Schema.String), { description: "Users that see it in any case." }),
  deny: Setting.optional(Schema.Array(Schema.String), { description: "Users that never see it, whatever else says." })
})

/** One feature flag. */
export type Feature = typeof Feature.Type

export const CommonConfig = Setting.section({
  data_dir: Setting.field(Schema.NonEmptyString, ".heptad", {
    description: "Where the app keeps what must survive a restart; locked while the app runs.",
    env: ["HEPTAD_DATA_DIR"]
  }),
  error_handling: Setting.section({
    detailed_errors: Setting.field(SettingTypes.Boolean, false, {
      description: "Show stacks and causes in API errors and logs; off: code, message and trace id only.",
      reloadable: true
    }),
    error_registry: Registry
  }),
  result_type: Setting.section({
    move_semantics: Setting.optional(SettingTypes.Boolean, {
      description: "Move results instead of copying them.",
      notApplied: noMoves
    }),
    copy_elision: Setting.optional(SettingTypes.Boolean, {
      description: "Leave out copies of results.",
      notApplied: noMoves
    })
  }),
  adapters: Setting.section({
    strict_type_checking: Setting.optional(SettingTypes.Boolean, {
      description: "Check service contracts and plugin versions at start.",
      notApplied: "always on: the compiler and every start check contracts and versions, and a fault is never a warning"
    }),
    enable_smart_adapters: Setting.optional(SettingTypes.Boolean, {
      description: "Wrap known foreign objects in the contracts of the systems.",
      notApplied: "there are no adapters for foreign objects yet"
    })
  }),
  logging: Setting.section({
    level: Setting.optional(Schema.Literals(logLevels), {
      description: "Log level that the logger and its sinks inherit.",
      env: ["COMMON_ERROR_LEVEL"],
      reloadable: true
    }),
    format: Setting.optional(Schema.Literals(logFormats), {
      description: "Log format that the logger's sinks inherit."
    })
  }),
  features: Setting.field(Schema.Record(Schema.String, Feature), {}, {
    description: "Feature flags by name (top-level `features` in the guide).",
    reloadable: true
  })
})

/** The decoded section. */
export interface CommonConfig extends Schema.Schema.Type<typeof CommonConfig> {}
