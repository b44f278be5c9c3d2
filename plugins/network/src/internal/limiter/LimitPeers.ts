/**
 * Other processes that limit the same clients. Who runs several processes of one app says here how this one reaches the others;
 * without it the process counts alone.
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/** Which limit the keys belong to: its name, and what a key is made of. What is about another one means nothing here. */
const scope = Schema.String

/** Requests that were let pass: `keys` are clients, `counts` stand at the same places. */
const Taken = Schema.TaggedStruct("Taken", {
  scope,
  keys: Schema.Array(Schema.String),
  counts: Schema.Array(Schema.Int)
})

/** A process that has just started asks what clients owe. */
const Wanted = Schema.TaggedStruct("Wanted", {})

/** What clients owe in all; to hear it twice changes nothing. */
const Debts = Schema.TaggedStruct("Debts", {
  scope,
  keys: Schema.Array(Schema.String),
  debts: Schema.Array(Schema.Finite)
})

export const LimitNote = Schema.Union([Taken, Wanted, Debts])
export type LimitNote = typeof LimitNote.Type

/** All others, any one of them that serves, or the one with this number. */
export type To = "all" | "one" | number

export interface LimitPeers {
  /** Never waits. A note may be lost where the others do not keep up: then they know less for a while. */
  readonly tell: (note: LimitNote, to: To) => void
  /** Hands every note of another process to `take`, with the number of its sender, until the returned function is called. */
  readonly hear: (take: (note: LimitNote, from: number) => void) => () => void
}

export const LimitPeers = Context.Reference<LimitPeers | undefined>("@heptad/network/LimitPeers", {
  defaultValue: () => undefined
})
