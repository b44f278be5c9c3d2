/**
 * When a request fits: token bucket and leaky bucket (GCRA) as pure arithmetic on the cells of a table, in seconds. Answers are plain
 * numbers, so that a request which is let through allocates nothing.
 */

/** How often one client may ask. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface Bucket {
  /** How many cells a client has. */
  readonly width: number
  /** A client that comes for the first time, or after a long pause. */
  readonly fill: (cells: Float64Array, at: number, now: number, rate: Rate) => void
  /** Takes one request: answers how many more fit, or below zero the seconds until one does; then nothing was taken. */
  readonly take: (cells: Float64Array, at: number, now: number, rate: Rate) => number
  /** The same without taking. */
  readonly peek: (cells: Float64Array, at: number, now: number, rate: Rate) => number
  /** How many requests a client has not been given back yet; without debt it is as good as new. */
  readonly debt: (cells: Float64Array, at: number, now: number, rate: Rate) => number
  /** Makes this its debt, which may be more than a burst. */
  readonly owe: (cells: Float64Array, at: number, debt: number, now: number, rate: Rate) => void
}

/** Sums of fractions of a second end a little beside whole requests. */
const rounding = 1e-6

const cell = (cells: Float64Array, at: number): number => cells[at] ?? 0

const answer = (requests: number, { perSecond }: Rate): number =>
  requests > -rounding ? Math.floor(Math.max(0, requests) + rounding) : requests / perSecond

/** Cells: the tokens that were taken and are not back yet, and when they were counted. So a changed burst counts at once. */
const missing = (cells: Float64Array, at: number, now: number, { perSecond }: Rate): number =>
  Math.max(0, cell(cells, at) - Math.max(0, now - cell(cells, at + 1)) * perSecond)

const tokenBucket: Bucket = {
  width: 2,
  fill: (cells, at, now) => {
    cells[at] = 0
    cells[at + 1] = now
  },
  take: (cells, at, now, rate) => {
    const debt = missing(cells, at, now, rate)
    const left = rate.burst - debt - 1
    cells[at] = left > -rounding ? debt + 1 : debt
    cells[at + 1] = Math.max(now, cell(cells, at + 1))
    return answer(left, rate)
  },
  peek: (cells, at, now, rate) => answer(rate.burst - missing(cells, at, now, rate) - 1, rate),
  debt: missing,
  owe: (cells, at, debt, now) => {
    cells[at] = debt
    cells[at + 1] = Math.max(now, cell(cells, at + 1))
  }
}

/** Cell: when the client would have come if it had kept an even pace (the theoretical arrival time of GCRA). */
const ahead = (cells: Float64Array, at: number, now: number, { perSecond }: Rate): number =>
  Math.max(0, cell(cells, at) - now) * perSecond

const leakyBucket: Bucket = {
  width: 1,
  fill: (cells, at, now) => {
    cells[at] = now
  },
  take: (cells, at, now, rate) => {
    const left = rate.burst - ahead(cells, at, now, rate) - 1
    if (left > -rounding) cells[at] = Math.max(now, cell(cells, at)) + 1 / rate.perSecond
    return answer(left, rate)
  },
  peek: (cells, at, now, rate) => answer(rate.burst - ahead(cells, at, now, rate) - 1, rate),
  debt: ahead,
  owe: (cells, at, debt, now, { perSecond }) => {
    cells[at] = now + debt / perSecond
  }
}

export const buckets = { token_bucket: tokenBucket, leaky_bucket: leakyBucket } as const
