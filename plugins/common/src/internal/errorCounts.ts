/** The counters of the error registry: one entry per code, so they are bounded by the registry itself. */
import * as ErrorCode from "../ErrorCode.ts"
import type { ErrorCount } from "../ErrorRegistry.ts"

/** Characters kept of a message: it is a sample, not a log. */
const sampleLength = 500

export interface ErrorCounts {
  readonly add: (error: unknown, nowMillis: number) => ErrorCode.ErrorCode
  readonly restore: (counts: ReadonlyArray<ErrorCount>) => void
  readonly all: () => ReadonlyArray<ErrorCount>
  /** Grows with every change. */
  readonly version: () => number
}

const sampleOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, sampleLength)

export const make = (): ErrorCounts => {
  const counts = new Map<string, ErrorCount>()
  let version = 0
  return {
    add: (error, nowMillis) => {
      const code = ErrorCode.ofError(error)
      const { count = 0, firstSeenMillis = nowMillis } = counts.get(code.name) ?? {}
      const sample = sampleOf(error)
      counts.set(code.name, { code, count: count + 1, firstSeenMillis, lastSeenMillis: nowMillis, sample })
      version++
      return code
    },
    restore: (restored) => {
      for (const count of restored) counts.set(count.code.name, count)
    },
    all: () => [...counts.values()].toSorted((a, b) => b.code.number - a.code.number),
    version: () => version
  }
}
