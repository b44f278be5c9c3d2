import { describe, it } from "@effect/vitest"
import { LogControl } from "@heptad/logger"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { TestClock } from "effect/testing"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { expect } from "vitest"
import * as Metrics from "../src/metrics.ts"
import { folder, lines, logged, logger, records, text, until } from "./logged.ts"

const many = (count: number, from = 0) =>
  Effect.forEach(Array.from({ length: count }, (_, index) => from + index), (index) => Effect.log(`line ${index}`), {
    discard: true
  })

const flush = Effect.flatMap(LogControl, (control) => control.flush)

const count = (metric: Metric.Counter<number>, attributes: Record<string, string>) =>
  Effect.map(Metric.value(Metric.withAttributes(metric, attributes)), (state) => state.count)

const ownMetrics = Effect.provideService(Metric.MetricRegistry, new Map())

describe("levels", () => {
  it.effect("change at run time, by default and for one plugin", () =>
    Effect.gen(function*() {
      const path = yield* logged(Effect.gen(function*() {
        const control = yield* LogControl
        const both = (message: string) =>
          Effect.andThen(
            Effect.logDebug(message),
            Effect.annotateLogs(Effect.logDebug(message), "plugin", "database")
          )
        yield* both("hidden")
        yield* control.setLevel("database", "debug")
        yield* both("database only")
        yield* control.setLevel(undefined, "debug")
        yield* control.setLevel("database", "error")
        yield* both("others only")
        expect(yield* control.levels).toEqual({ default: "debug", plugins: { database: "error" } })
      }))
      expect(records(path).map(({ message, plugin }) => [message, plugin])).toEqual([
        ["database only", "database"],
        ["others only", undefined]
      ])
    }))

  it.effect("are read in both spellings, and a sink's own level stands over the default", () =>
    Effect.gen(function*() {
      const quiet = yield* logged(Effect.all([Effect.logWarning("w"), Effect.logFatal("f")]), {
        section: { default_level: "critical" }
      })
      expect(records(quiet).map(({ message }) => message)).toEqual(["f"])
      const loud = yield* logged(Effect.all([Effect.logInfo("i"), Effect.logWarning("w")]), {
        section: { default_level: "fatal" },
        sink: { level: "warning" }
      })
      expect(records(loud).map(({ message }) => message)).toEqual(["w"])
    }))

  it.effect("are counted", () =>
    logged(Effect.gen(function*() {
      yield* Effect.all([Effect.log("a"), Effect.log("b"), Effect.logError("c"), Effect.logDebug("hidden")])
      expect(yield* count(Metrics.messages, { level: "info" })).toBe(2)
      expect(yield* count(Metrics.messages, { level: "error" })).toBe(1)
      expect(yield* count(Metrics.messages, { level: "debug" })).toBe(0)
      expect((yield* Metric.value(Metrics.queueDepth)).value).toBe(3)
      yield* flush
      expect((yield* Metric.value(Metrics.queueDepth)).value).toBe(0)
    })).pipe(ownMetrics))
})

describe("the queue", () => {
  it.effect("is written when flush_interval has passed, not before", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* Effect.log("x")
        yield* TestClock.adjust("999 millis")
        expect(text(path)).toBe("")
        yield* TestClock.adjust("1 millis")
        yield* until(() => lines(path).length === 1)
      }).pipe(Effect.provide(logger({ async: { flush_interval: "1s" }, sinks: [{ type: "file", path }] })))
    }))

  it.effect("is written when buffer_size is reached, without waiting", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* many(30)
        yield* until(() => lines(path).length > 0)
      }).pipe(Effect.provide(logger({ performance: { buffer_size: "1KB" }, sinks: [{ type: "file", path }] })))
    }))

  it.effect("is written to the last line when the scope closes", () =>
    Effect.gen(function*() {
      const path = yield* logged(many(5000))
      expect(records(path).map(({ message }) => message)).toEqual(
        Array.from({ length: 5000 }, (_, index) => `line ${index}`)
      )
    }))

  it.effect("drops and counts what does not fit, and says so in one line", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* many(100)
        expect(yield* count(Metrics.dropped, { sink: path, reason: "queue_full" })).toBe(90)
        yield* flush
        yield* many(1, 100)
      }).pipe(Effect.provide(logger({ async: { queue_size: 10 }, sinks: [{ type: "file", path }] })))
      expect(records(path).map(({ message }) => message)).toEqual([
        ...Array.from({ length: 10 }, (_, index) => `line ${index}`),
        `90 log records dropped: the queue of ${path} was full`,
        "line 100"
      ])
    }).pipe(ownMetrics))

  it.effect("is bounded in bytes too", () =>
    Effect.gen(function*() {
      const path = yield* logged(Effect.forEach([1, 2, 3, 4, 5], (n) => Effect.log(`${n}`.repeat(900))), {
        section: { async: { queue_bytes: "1KB" }, performance: { max_message_size: "1KB", buffer_size: "1MB" } }
      })
      expect(records(path).map(({ message }) => String(message).slice(0, 1))).toEqual(["1", "2", "3"])
    }))

  for (const section of [{ async: { overflow_policy: "block" } }, { performance: { drop_on_overflow: false } }]) {
    it.effect(`loses nothing when full with ${JSON.stringify(section)}`, () =>
      Effect.gen(function*() {
        const path = yield* logged(many(1000), { section: { ...section, async: { ...section.async, queue_size: 10 } } })
        expect(records(path).length).toBe(1000)
      }))
  }

  it.effect("does not exist when async.enabled is false: the line is there before the caller goes on", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* Effect.log("now")
        expect(lines(path).length).toBe(1)
      }).pipe(Effect.provide(logger({ async: { enabled: false }, sinks: [{ type: "file", path }] })))
    }))

  it.effect("is written at once for fatal", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* Effect.log("before")
        expect(lines(path).length).toBe(0)
        yield* Effect.logFatal("the end")
        expect(records(path).map(({ message }) => message)).toEqual(["before", "the end"])
      }).pipe(Effect.provide(logger({ sinks: [{ type: "file", path }] })))
    }))
})

describe("a file", () => {
  it.effect("is made with its folder and belongs to its owner only", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "deep", "down", "app.log")
      yield* Effect.provide(Effect.log("x"), logger({ sinks: [{ type: "file", path }] }))
      expect(statSync(path).mode & 0o777).toBe(0o600)
    }))

  it.effect("takes its path from file_path, which also adds one where there is none", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const sinks = [{ type: "console", level: "fatal" }, { type: "file", path: join(at, "a") }, {
        type: "file",
        path: join(at, "b")
      }]
      yield* Effect.provide(Effect.log("x"), logger({ file_path: join(at, "c"), sinks }))
      expect(readdirSync(at).toSorted()).toEqual(["b", "c"])
      yield* Effect.provide(Effect.log("x"), logger({ file_path: join(at, "d"), sinks: sinks.slice(0, 1) }))
      expect(lines(join(at, "d")).length).toBe(1)
    }))

  it.effect("is opened again after somebody renamed it", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* Effect.log("old")
        yield* flush
        renameSync(path, `${path}.moved`)
        yield* Effect.flatMap(LogControl, (control) => control.reopen)
        yield* Effect.log("new")
      }).pipe(Effect.provide(logger({ sinks: [{ type: "file", path }] })))
      expect([records(`${path}.moved`), records(path)].map((all) => all.map(({ message }) => message)))
        .toEqual([["old"], ["new"]])
    }))

  it.effect("never glues a record to half a line that a crash left behind", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      writeFileSync(path, `{"half":`)
      yield* Effect.provide(Effect.log("x"), logger({ sinks: [{ type: "file", path }] }))
      expect(lines(path)[0]).toBe(`{"half":`)
      expect(lines(path).length).toBe(2)
    }))

  const rotating = (path: string, rotation: Readonly<Record<string, unknown>>) =>
    logger({
      performance: { buffer_size: "1KB" },
      sinks: [{ type: "file", path, rotation: { max_size: "2KB", ...rotation } }]
    })

  it.effect("is rotated by size: nothing lost, nothing torn, the oldest beyond max_files gone", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        for (let round = 0; round < 20; round++) {
          yield* many(10, round * 10)
          yield* flush
        }
      }).pipe(Effect.provide(rotating(path, { max_files: 50 })))
      const names = readdirSync(join(path, "..")).toSorted((a, b) =>
        Number(b.split(".")[2] ?? 0) - Number(a.split(".")[2] ?? 0)
      )
      expect(names.length).toBeGreaterThan(5)
      for (const name of names) expect(statSync(join(path, "..", name)).size).toBeLessThanOrEqual(2048)
      expect(names.flatMap((name) => records(join(path, "..", name))).map(({ message }) => message))
        .toEqual(Array.from({ length: 200 }, (_, index) => `line ${index}`))
      yield* Effect.provide(many(200), rotating(path, { max_files: 2 }))
      expect(readdirSync(join(path, "..")).filter((name) => /\.[12]$/.test(name)).length).toBe(2)
    }))

  it.effect("is compressed after rotation, readable by its owner only", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      yield* Effect.gen(function*() {
        yield* many(30)
        yield* flush
        yield* until(() => existsSync(`${path}.1.gz`) && !existsSync(`${path}.1`))
      }).pipe(Effect.provide(rotating(path, { compress: true })))
      expect(gunzipSync(readFileSync(`${path}.1.gz`)).toString()).toContain(`"message":"line `)
      expect(statSync(`${path}.1.gz`).mode & 0o777).toBe(0o600)
    }))

  it.effect("that cannot be rotated goes on growing", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      // A folder that is not empty cannot be replaced by a file, whoever tries.
      mkdirSync(`${path}.1/occupied`, { recursive: true })
      yield* Effect.provide(many(100), rotating(path, { max_files: 1 }))
      expect(records(path).length).toBe(100)
    }))

  it.effect("on a full disk degrades, counts, never fails its callers, and recovers", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      symlinkSync("/dev/full", path)
      yield* Effect.gen(function*() {
        yield* many(3)
        yield* flush
        expect(yield* count(Metrics.diverted, { sink: path })).toBe(3)
        rmSync(path)
        yield* many(1, 3)
        yield* flush
        expect(yield* count(Metrics.diverted, { sink: path })).toBe(4)
        yield* TestClock.adjust("5 seconds")
        yield* many(1, 4)
        yield* flush
        expect(records(path).map(({ message }) => message)).toEqual(["line 4"])
        expect(yield* count(Metrics.diverted, { sink: path })).toBe(4)
      }).pipe(Effect.provide(logger({ sinks: [{ type: "file", path }] })))
    }).pipe(ownMetrics))

  it.effect("in a folder that cannot be made degrades and recovers as well", () =>
    Effect.gen(function*() {
      const blocker = join(yield* folder, "file")
      const path = join(blocker, "app.log")
      writeFileSync(blocker, "")
      yield* Effect.gen(function*() {
        yield* Effect.log("lost to stderr")
        yield* Effect.logFatal("this too")
        expect(yield* count(Metrics.diverted, { sink: path })).toBe(2)
        rmSync(blocker)
        yield* TestClock.adjust("5 seconds")
        yield* Effect.log("found")
        yield* flush
        expect(records(path).map(({ message }) => message)).toEqual(["found"])
      }).pipe(Effect.provide(logger({ sinks: [{ type: "file", path }] })))
    }).pipe(ownMetrics))
})
