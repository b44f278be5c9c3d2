/** What the first process and the others say to each other, over the channel that Node opens for a forked process. */
import { LimitNote } from "@heptad/network/plugin"
import * as Schema from "effect/Schema"
import { WireTree } from "./wireTree.ts"

const { Array, Boolean, Int, Literal, Literals, Number, optionalKey, Record, String, Struct, TaggedStruct, Union } =
  Schema

/** What a process needs to become one of several. */
const Begin = TaggedStruct("Begin", {
  process: Int,
  processes: Int,
  app: optionalKey(String),
  tree: WireTree,
  /** Where connections are accepted for it; absent where it listens itself. */
  acceptor: optionalKey(Struct({ host: String, port: Int }))
})

/** Comes with the socket. */
const Connection = TaggedStruct("Connection", {})

const SettingsChanged = TaggedStruct("SettingsChanged", { tree: WireTree, reason: String })
const Drain = TaggedStruct("Drain", { reason: String })
const Ping = TaggedStruct("Ping", { id: Int })
/** What another process says about the rate limit; `from` is its number. */
const LimitHeard = TaggedStruct("LimitNote", { note: LimitNote, from: Int })
const Operate = TaggedStruct("Operate", { id: Int, operation: String, input: Schema.Json, dryRun: Boolean })

export const ToWorker = Schema.Union([Begin, Connection, SettingsChanged, Drain, Ping, Operate, LimitHeard])
export type ToWorker = typeof ToWorker.Type
export type Begin = typeof Begin.Type
export type LimitHeard = typeof LimitHeard.Type
export type Operate = typeof Operate.Type

const series = {
  id: String,
  description: optionalKey(String),
  attributes: Record(String, String)
}

const Tally = { count: Number, sum: Number, min: Number, max: Number }

/** One series of a metric. */
export const Series = Schema.Union([
  Struct({ ...series, type: Literal("Counter"), state: Struct({ count: Number, incremental: Boolean }) }),
  Struct({ ...series, type: Literal("Gauge"), state: Struct({ value: Number }) }),
  Struct({
    ...series,
    type: Literal("Histogram"),
    state: Struct({ ...Tally, buckets: Array(Schema.Tuple([Number, Number])) })
  }),
  Struct({
    ...series,
    type: Literal("Frequency"),
    state: Struct({ occurrences: Array(Schema.Tuple([String, Number])) })
  }),
  Struct({
    ...series,
    type: Literal("Summary"),
    state: Struct({ ...Tally, quantiles: Array(Schema.Tuple([Number, Schema.UndefinedOr(Number)])) })
  })
])
export type Series = typeof Series.Type

const Check = Struct({
  name: String,
  kind: Literals(["liveness", "readiness"]),
  criticality: Literals(["critical", "degrading", "info"]),
  status: Literals(["pass", "warn", "fail", "unknown"]),
  reason: optionalKey(String)
})
export type Check = typeof Check.Type

const OperationInfo = Struct({ name: String, description: String, kind: Literals(["read", "write"]) })

/** How a process does; sent every second, and when it has started. */
const Report = TaggedStruct("Report", {
  phase: Literals(["starting", "running", "draining", "stopped"]),
  /** Plugins that it goes on without. */
  away: Array(String),
  checks: Array(Check),
  operations: Array(OperationInfo),
  metrics: Array(Series)
})
export type Report = typeof Report.Type

/** It hears now what is said to it. */
const Linked = TaggedStruct("Linked", {})
const Listening = TaggedStruct("Listening", { host: String, port: Int, url: String })
const Running = TaggedStruct("Running", {})
const StepEnded = TaggedStruct("StepEnded", { step: String })
/** A connection that was handed over has closed. */
const Left = TaggedStruct("Left", {})
const Pong = TaggedStruct("Pong", { id: Int })
const LimitTold = TaggedStruct("LimitNote", { note: LimitNote, to: Union([Literals(["all", "one"]), Int]) })
const Answered = TaggedStruct("Answered", { id: Int, answer: Schema.Json })
const Refused = TaggedStruct("Refused", {
  id: Int,
  operation: String,
  reason: Literals(["invalid_input", "conflict", "failed"]),
  problem: String
})

export const FromWorker = Schema.Union([
  Linked,
  Listening,
  Running,
  StepEnded,
  Left,
  Pong,
  Answered,
  Refused,
  Report,
  LimitTold
])
export type FromWorker = typeof FromWorker.Type
