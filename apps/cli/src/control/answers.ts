/** What the operations of the kernel answer, as far as the command shows it. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { ControlMisunderstood } from "../errors.ts"

const { Array, Boolean, Finite, Int, optionalKey, String, Struct } = Schema

export const Change = Struct({
  key: String,
  plugin: String,
  reloadable: Boolean,
  before: String,
  after: String,
  origin: String
})
export type Change = typeof Change.Type

const Plugin = Struct({
  name: String,
  version: String,
  state: String,
  wave: Int,
  attempt: Int,
  problem: optionalKey(String),
  startedAtMillis: Finite,
  buildMillis: Finite
})

const Step = Struct({
  step: String,
  budgetMillis: Finite,
  startedAtMillis: optionalKey(Finite),
  millis: optionalKey(Finite),
  cut: Array(String)
})
export type Step = typeof Step.Type

const Process = Struct({
  process: Int,
  pid: Int,
  state: String,
  healthy: Boolean,
  up_ms: Finite,
  restarts: Int,
  connections: Int,
  away: Array(String),
  failing: Array(String)
})
export type Process = typeof Process.Type

export const Status = Struct({
  phase: String,
  booted_at_ms: Finite,
  plugins: Array(Plugin),
  /** Of an app that runs as several. */
  processes: optionalKey(Array(Process)),
  restart: optionalKey(Struct({ state: String, problem: optionalKey(String) })),
  stopping: Array(Step),
  settings_version: Int,
  pending: Array(Change)
})
export type Status = typeof Status.Type

/** The steps of a stop with their budgets, as the plan has them. */
export const Drain = Struct({
  steps: Array(Struct({ step: String, budgetMillis: Finite })),
  budgetMillis: Finite,
  terminationGracePeriodSeconds: Finite
})
export type Drain = typeof Drain.Type

export const SettingsVersion = Struct({
  version: Int,
  atMillis: Finite,
  reason: String,
  changes: Array(Change)
})
export type SettingsVersion = typeof SettingsVersion.Type

/** Members of a log record that have a place of their own; the others follow the message. */
export const LogRecord = Schema.Record(String, Schema.Json)
export type LogRecord = typeof LogRecord.Type

export const Logs = Struct({ records: Array(LogRecord), next: Finite, missed: Finite })

export const LevelChange = Struct({ logger: String, before: String, after: String, until: optionalKey(String) })

/** Thresholds of the loggers: the default, and of the plugins that have one of their own. */
export const Levels = Struct({ default: String, plugins: Schema.Record(String, String) })

/** Reads an answer; members that this version does not know are no fault. */
export const understand = <A>(operation: string, schema: Schema.Codec<A, Schema.Json>) => (answer: Schema.Json) =>
  Effect.mapError(
    Schema.decodeEffect(schema)(answer),
    ({ issue }) =>
      new ControlMisunderstood({ operation, problem: SchemaIssue.makeFormatterDefault()(issue).replaceAll("\n", " ") })
  )
