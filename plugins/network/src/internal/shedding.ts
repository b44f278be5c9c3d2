/** Pure: when to begin and when to end refusing requests, by samples of the event loop. */
export interface Sample {
  /** How late timers were on average. */
  readonly delayMillis: number
  /** The part of the time in which the loop was busy, 0 to 1. */
  readonly utilization: number
}

/** What is above its limit is refused for; the words say it to operators. */
export interface Most {
  readonly delayMillis: number
  readonly utilization: number
}

/** One pause of the garbage collector or one long job is no overload: it takes two samples in a row. */
const before = 2

/** Ends below this part of the limit, so that it does not flicker. */
const recovered = 0.5

const exceeds = (sample: Sample, most: Most, part: number): boolean =>
  sample.delayMillis > most.delayMillis * part || sample.utilization > most.utilization * (part === 1 ? 1 : 0.95)

export interface Shedding {
  isShedding: boolean
  /** Samples above the limit in a row. */
  above: number
}

export const calm = (): Shedding => ({ isShedding: false, above: 0 })

export const judge = (state: Shedding, sample: Sample, most: Most): void => {
  state.above = exceeds(sample, most, 1) ? state.above + 1 : 0
  state.isShedding = state.isShedding ? exceeds(sample, most, recovered) : state.above >= before
}
