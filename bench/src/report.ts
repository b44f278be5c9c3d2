/** What a benchmark finds, and how samples of several rounds become one row. */
import * as Schema from "effect/Schema"
import type { Goal } from "./goals.ts"
import { median, ratio } from "./statistics.ts"
import type { TableRow } from "./table.ts"

/** Ours over the peer. Above 1 is better, except `p99_ratio`, where below 1 is better. */
export const Row = Schema.Struct({
  work: Schema.String,
  peer: Schema.String,
  /** Speed. */
  ratio: Schema.NullOr(Schema.Finite),
  /** Speed, best slice or fastest start of each side. */
  ratio_best: Schema.NullOr(Schema.Finite),
  /** The peer's CPU time for the same work over ours, each at its cheapest. */
  ratio_cpu: Schema.NullOr(Schema.Finite),
  /** Our 99th percentile of latency over the peer's. */
  p99_ratio: Schema.NullOr(Schema.Finite),
  /** The ratio that an issue asks for. */
  goal: Schema.NullOr(Schema.Finite)
})
export type Row = typeof Row.Type

export interface Report {
  readonly rows: ReadonlyArray<Row>
  readonly goals: ReadonlyArray<Goal>
  /** Absolute figures per server, only good beside each other. */
  readonly figures: ReadonlyArray<TableRow>
  readonly notMeasured: ReadonlyArray<string>
  /** How it was run, and what makes the figures doubtful. */
  readonly remarks: ReadonlyArray<string>
}

/** Values of one server over the rounds, in the order of the rounds. */
export interface Series {
  readonly rate: ReadonlyArray<number>
  readonly best: ReadonlyArray<number>
  readonly cpu: ReadonlyArray<number | null>
  readonly p99: ReadonlyArray<number>
}

/** The cheapest round; null when a round has no value. */
export const cheapest = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** How the speeds of two sides become one ratio. */
export type RatioOf = (ours: ReadonlyArray<number>, peer: ReadonlyArray<number>) => number | null

/** Round by round, so that a slow minute of the machine hits both sides of a ratio. */
export const medianOfRatios: RatioOf = (ours, peer) => {
  const perRound = ours.map((value, round) => ratio(value, peer[round] ?? null)).filter((one) => one !== null)
  return ratio(median(perRound), 1)
}

/** For short things such as a start, where neighbours in time share less than the middle values do. */
export const ratioOfMedians: RatioOf = (ours, peer) => ratio(median(ours), median(peer))

export const rowOf = (work: string, peer: string, ours: Series, theirs: Series, speeds: RatioOf): Row => ({
  work,
  peer,
  ratio: speeds(ours.rate, theirs.rate),
  ratio_best: ratio(Math.max(...ours.best), Math.max(...theirs.best)),
  ratio_cpu: ratio(cheapest(theirs.cpu), cheapest(ours.cpu)),
  p99_ratio: medianOfRatios(ours.p99, theirs.p99),
  goal: null
})
