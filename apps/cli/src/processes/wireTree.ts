/** A settings tree on its way to another process. Only trees without faults travel. */
import type { Settings } from "@heptad/kernel"
import * as Schema from "effect/Schema"

const { Array, Boolean, DurationFromMillis, Finite, Literals, optionalKey, Record, String, Struct, Unknown } = Schema

const Leaf = Struct({
  key: String,
  plugin: String,
  value: Unknown,
  origin: Schema.UndefinedOr(String),
  secret: Boolean,
  reloadable: Boolean
})

const Advice = Struct({
  kind: Literals(["alias", "not-applied", "contradiction", "hint"]),
  keys: Array(String),
  message: String
})

const Timing = Struct({
  startTimeout: DurationFromMillis,
  lameDuck: DurationFromMillis,
  drain: Struct({ accept: DurationFromMillis, requests: DurationFromMillis, jobs: DurationFromMillis }),
  close: DurationFromMillis,
  terminationGrace: optionalKey(DurationFromMillis)
})

const Policy = Struct({
  onFailure: Literals(["abort", "retry", "degrade"]),
  attempts: Finite,
  initialBackoff: DurationFromMillis,
  maxBackoff: DurationFromMillis
})

export const WireTree = Struct({
  value: Record(String, Unknown),
  origins: Array(Schema.Tuple([String, String])),
  settings: Array(Leaf),
  advice: Array(Advice),
  files: Array(String),
  timing: Timing,
  policies: Record(String, Policy)
})
export type WireTree = typeof WireTree.Type

export const toWire = ({ faults: _, origins, ...tree }: Settings.SettingsTree): WireTree => ({
  ...tree,
  origins: [...origins]
})

export const fromWire = ({ origins, ...tree }: WireTree): Settings.SettingsTree => ({
  ...tree,
  origins: new Map(origins),
  faults: []
})
