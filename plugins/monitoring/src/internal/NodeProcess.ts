/** What Node and the operating system tell about this process. */
import * as Effect from "effect/Effect"
import { readdir } from "node:fs/promises"
import * as Os from "node:os"
import { type EventLoopUtilization, monitorEventLoopDelay, performance, PerformanceObserver } from "node:perf_hooks"

/** Milliseconds between two looks at the event loop; Node adds them to every delay that it reports. */
const resolutionMillis = 20

export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Seconds since 1970. */
export const startedAt = performance.timeOrigin / 1000

/** Control groups of version 1 and 2, in bytes; the machine's memory when no group limits this process. */
export const memoryLimit = (): number => {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, Os.totalmem()) : Os.totalmem()
}

/** Bytes. */
export const memory = () => process.memoryUsage()

/** User and system seconds of all threads since the start of the process. */
export const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1e6
}

/** Undefined where the system has no process file system. */
export const openFiles: Effect.Effect<number | undefined> = Effect.promise(() =>
  readdir("/proc/self/fd").then(
    // One of them is the folder that is being read.
    (entries) => entries.length - 1,
    () => undefined
  )
)

/** Share of busy time since the call before, 0 to 1; the first call tells of the whole life of the process. */
export const loopUtilization = (): () => number => {
  let last: EventLoopUtilization | undefined
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = last === undefined ? now : performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  }
}

const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMillis / 1000)

/** Delays of the event loop in seconds between two calls, measured until the scope closes. */
export const loopDelay = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution: resolutionMillis })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  ),
  (histogram) => (): LoopDelay => {
    const delay = {
      p50: seconds(histogram.percentile(50)),
      p99: seconds(histogram.percentile(99)),
      max: seconds(histogram.max)
    }
    histogram.reset()
    return delay
  }
)

export type GcKind = "major" | "minor" | "incremental" | "weakcb"

const gcKinds = new Map<number, GcKind>([[1, "minor"], [4, "major"], [8, "incremental"], [16, "weakcb"]])

/** Node's types do not know the `detail` of an entry. */
const gcKind = (entry: object): GcKind => {
  const detail: unknown = Reflect.get(entry, "detail")
  const kind: unknown = typeof detail === "object" && detail !== null ? Reflect.get(detail, "kind") : undefined
  return (typeof kind === "number" ? gcKinds.get(kind) : undefined) ?? "minor"
}

/** Tells every garbage collection, in seconds, until the scope closes. */
export const onGc = (tell: (kind: GcKind, seconds: number) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const observer = new PerformanceObserver((list) =>
        list.getEntries().forEach((entry) => tell(gcKind(entry), entry.duration / 1000))
      )
      observer.observe({ entryTypes: ["gc"] })
      return observer
    }),
    (observer) => Effect.sync(() => observer.disconnect())
  )
