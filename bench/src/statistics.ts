/** The arithmetic of a report: medians, ratios and a histogram of latencies. */

/** The middle value, the mean of the two middle ones for an even count; NaN for none. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** `a / b` to three digits behind the point; null when a side was not measured or is zero. */
export const ratio = (a: number | null, b: number | null): number | null =>
  a === null || b === null || a === 0 || b === 0 || !Number.isFinite(a / b) ? null : Math.round(a / b * 1000) / 1000

/** `list` turned left by `steps`, so that nobody is always first in a round. */
export const rotate = <A>(list: ReadonlyArray<A>, steps: number): ReadonlyArray<A> => {
  const at = list.length === 0 ? 0 : steps % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

export interface Latencies {
  readonly record: (millis: number) => void
  /** The upper edge of the bucket below which `share` (0 to 1) of the records lie, in milliseconds; NaN for none. */
  readonly percentile: (share: number) => number
}

/** Buckets of `width` ms up to `limit` ms: a record costs one increment, and no run is too long for memory. */
export const latencies = (width = 0.01, limit = 2000): Latencies => {
  const last = Math.ceil(limit / width)
  const buckets = new Uint32Array(last + 1)
  let total = 0
  return {
    record: (millis) => {
      const at = Math.min(last, Math.max(0, Math.floor(millis / width)))
      buckets[at] = (buckets[at] ?? 0) + 1
      total++
    },
    percentile: (share) => {
      let seen = 0
      for (let at = 0; at <= last; at++) {
        seen += buckets[at] ?? 0
        if (total > 0 && seen >= share * total) return Math.round((at + 1) * width * 1e6) / 1e6
      }
      return NaN
    }
  }
}
