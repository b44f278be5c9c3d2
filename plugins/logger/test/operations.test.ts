import { describe, it } from "@effect/vitest"
import { Lifecycle, type OperationRefused, Operations } from "@heptad/kernel"
import { layerQuiet } from "@heptad/kernel/testing"
import { LogControl } from "@heptad/logger"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { join } from "node:path"
import { expect } from "vitest"
import { folder, lines, records } from "./logged.ts"

const plugin = (name: string) => ({
  name,
  version: "1.0.0",
  state: "started" as const,
  wave: 0,
  waitingFor: [],
  attempt: 1,
  paths: [],
  startedAtMillis: 0,
  buildMillis: 0
})

const neighbours = Layer.effect(
  Lifecycle,
  Effect.map(Lifecycle, (quiet) => ({ ...quiet, plugins: Effect.succeed([plugin("database"), plugin("logger")]) }))
).pipe(Layer.provideMerge(layerQuiet))

/** The logger with the kernel's services, writing to a file of its own. */
const running = <A, E>(
  program: (path: string) => Effect.Effect<A, E, LogControl | Operations>,
  section: Record<string, unknown> = {}
) =>
  Effect.gen(function*() {
    const path = join(yield* folder, "app.log")
    const settings = { sinks: [{ type: "file", path }], ...section }
    const app = Layer.unwrap(Effect.map(LoggerPlugin.prepare(settings, "error"), ({ layer }) => layer)).pipe(
      Layer.provideMerge(neighbours)
    )
    const result = yield* Effect.provide(program(path), app)
    return { path, result }
  })

const run = Effect.fnUntraced(function*(name: string, input: unknown, options = { dryRun: false }) {
  const operation = (yield* (yield* Operations).all).get(name)
  if (operation === undefined) throw new Error(`no operation ${name}`)
  return yield* operation.run(input, options)
})

const Page = Schema.Struct({
  records: Schema.Array(Schema.Record(Schema.String, Schema.Json)),
  next: Schema.Int,
  missed: Schema.Int
})

const logs = Effect.fnUntraced(function*(input: object = {}) {
  const page = yield* Effect.flatMap(run("logs", input), Schema.decodeUnknownEffect(Page))
  return { ...page, messages: page.records.map(({ message }) => message) }
})

const levels = Effect.flatMap(LogControl, (control) => control.levels)

const refusal = (effect: Effect.Effect<unknown, OperationRefused, Operations>) =>
  Effect.map(Effect.flip(effect), ({ operation, problem, reason }) => ({ operation, problem, reason }))

describe("the operation logs", () => {
  it.effect("has warnings and worse from before the first question, and everything after it", () =>
    running(() =>
      Effect.gen(function*() {
        yield* Effect.all([Effect.log("quiet"), Effect.logWarning("warned"), Effect.logError("failed")])
        const first = yield* logs()
        expect(first.messages).toEqual(["warned", "failed"])
        expect([first.next, first.missed]).toEqual([3, 0])

        yield* Effect.all([Effect.log("heard"), Effect.logDebug("below the threshold"), Effect.logWarning("again")])
        const second = yield* logs({ after: first.next })
        expect(second.messages).toEqual(["heard", "again"])
        expect([second.next, second.missed]).toEqual([5, 0])
      })
    ))

  it.effect("stops keeping the rest 30 s after the last question, and counts it as missed", () =>
    running(() =>
      Effect.gen(function*() {
        const { next } = yield* logs()
        yield* TestClock.adjust("29 seconds")
        yield* Effect.log("within")
        const renewed = yield* logs({ after: next })
        expect(renewed.messages).toEqual(["within"])
        yield* TestClock.adjust("29 seconds")
        yield* Effect.log("renewed")
        yield* TestClock.adjust("2 seconds")
        yield* Effect.all([Effect.log("nobody"), Effect.log("listens"), Effect.logWarning("but warnings stay")])
        const late = yield* logs({ after: renewed.next })
        expect(late.messages).toEqual(["renewed", "but warnings stay"])
        expect(late.missed).toBe(2)
      })
    ))

  it.effect("filters by level, plugin and trace", () =>
    running(() =>
      Effect.gen(function*() {
        yield* logs()
        yield* Effect.logWarning("mine").pipe(Effect.annotateLogs("plugin", "database"))
        yield* Effect.log("mine too").pipe(Effect.annotateLogs("plugin", "database"))
        const trace = yield* Effect.gen(function*() {
          yield* Effect.log("traced")
          return (yield* Effect.currentSpan).traceId
        }).pipe(Effect.withSpan("request"))
        expect((yield* logs({ level: "warning" })).messages).toEqual(["mine"])
        expect((yield* logs({ plugin: "database" })).messages).toEqual(["mine", "mine too"])
        expect((yield* logs({ trace })).messages).toEqual(["traced"])
        expect(yield* logs({ after: 0, plugin: "network" })).toMatchObject({ records: [], next: 3, missed: 0 })
      })
    ))

  it.effect("gives the newest without `after`, and pages forward with it", () =>
    running(() =>
      Effect.gen(function*() {
        yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Effect.logWarning(`line ${n}`))
        expect((yield* logs({ limit: 2 })).messages).toEqual(["line 4", "line 5"])
        const page = yield* logs({ after: 1, limit: 2 })
        expect([page.messages, page.next]).toEqual([["line 2", "line 3"], 3])
        const rest = yield* logs({ after: page.next, limit: 2 })
        expect([rest.messages, rest.next]).toEqual([["line 4", "line 5"], 5])
        // From before a restart: nothing that is here is known to the asker.
        expect((yield* logs({ after: 1000 })).messages).toHaveLength(5)
      })
    ))

  it.effect("keeps at most 2000 records, and says how many were missed", () =>
    running(() =>
      Effect.gen(function*() {
        yield* Effect.forEach(Array.from({ length: 2100 }, (_, n) => n), (n) => Effect.logWarning(`line ${n}`), {
          discard: true
        })
        const page = yield* logs({ after: 50, limit: 1000 })
        expect([page.messages[0], page.records.length, page.missed]).toEqual(["line 100", 1000, 50])
        const rest = yield* logs({ after: page.next, limit: 1000 })
        expect([rest.messages.at(-1), rest.records.length, rest.missed]).toEqual(["line 2099", 1000, 0])
      })
    ))

  it.effect("is bounded in text: what is kept to 2 MiB, one answer to 512 KiB", () =>
    running(() =>
      Effect.gen(function*() {
        const big = "x".repeat(60_000)
        yield* Effect.forEach(Array.from({ length: 100 }, (_, n) => n), (n) => Effect.logWarning(`${n} ${big}`), {
          discard: true
        })
        const all = yield* logs({ after: 0, limit: 1000 })
        expect(JSON.stringify(all.records).length).toBeLessThanOrEqual(512 * 1024)
        expect(all.missed).toBeGreaterThan(60)
        expect(all.records.length).toBeGreaterThan(1)
        expect((yield* logs({ after: all.next, limit: 1000 })).missed).toBe(0)
      })
    ))

  it.effect("gives exactly what the JSON format writes, secrets hidden", () =>
    Effect.gen(function*() {
      const { path, result } = yield* running(() =>
        Effect.gen(function*() {
          yield* Effect.logWarning("signed in").pipe(
            Effect.annotateLogs({ password: "hunter2", key: Redacted.make("hunter3"), plugin: "database", status: 200 })
          )
          return yield* logs()
        }), { fields: { region: "north" } })
      expect(result.records).toEqual(records(path))
      expect(JSON.stringify(result.records)).not.toContain("hunter")
    }))

  it.effect("has records also where every sink writes text or nothing at all", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      const { result } = yield* running(() => Effect.andThen(Effect.logWarning("told"), logs()), {
        sinks: [{ type: "file", path, format: "text", level: "fatal" }]
      })
      expect(result.messages).toEqual(["told"])
      expect(lines(path)).toEqual([])
    }))

  it.effect("refuses wrong input", () =>
    running(() =>
      Effect.gen(function*() {
        for (const input of [{ limit: 0 }, { limit: 1001 }, { after: -1 }, { level: "loud" }, { since: "1h" }, []]) {
          expect((yield* refusal(run("logs", input))).reason).toBe("invalid_input")
        }
      })
    ))
})

describe("the operation log-levels", () => {
  it.effect("tells the thresholds as they are now", () =>
    running(() =>
      Effect.gen(function*() {
        yield* run("log-level", { logger: "database", level: "debug" })
        expect(yield* run("log-levels", {})).toEqual({ default: "info", plugins: { database: "debug" } })
      })
    ))
})

describe("the operation log-level", () => {
  it.effect("changes one plugin or the default, and tells before and after", () =>
    running(() =>
      Effect.gen(function*() {
        expect(yield* run("log-level", { logger: "database", level: "debug" })).toEqual({
          logger: "database",
          before: "info",
          after: "debug"
        })
        expect(yield* run("log-level", { level: "warning" })).toEqual({
          logger: "default",
          before: "info",
          after: "warn"
        })
        expect(yield* run("log-level", { logger: "kernel", level: "trace" })).toMatchObject({ before: "warn" })
        expect(yield* levels).toEqual({ default: "warn", plugins: { database: "debug", kernel: "trace" } })
      })
    ))

  it.effect("goes back by itself after `for`, and says so", () =>
    Effect.gen(function*() {
      const { path } = yield* running(() =>
        Effect.gen(function*() {
          expect(yield* run("log-level", { logger: "database", level: "debug", for: "10m" })).toEqual({
            logger: "database",
            before: "info",
            after: "debug",
            until: "1970-01-01T00:10:00.000Z"
          })
          yield* run("log-level", { logger: "default", level: "error", for: "20m" })
          yield* TestClock.adjust("599 seconds")
          expect(yield* levels).toEqual({ default: "error", plugins: { database: "debug" } })
          yield* TestClock.adjust("1 second")
          expect(yield* levels).toEqual({ default: "error", plugins: {} })
          yield* TestClock.adjust("10 minutes")
          expect(yield* levels).toEqual({ default: "info", plugins: {} })
        })
      )
      // At the first return the default was still `error`.
      expect(records(path).map(({ message, plugin }) => [message, plugin])).toEqual([
        ["log level of default went back to info", "logger"]
      ])
    }))

  it.effect("stays where a later change by hand put it", () =>
    running(() =>
      Effect.gen(function*() {
        yield* run("log-level", { logger: "database", level: "debug", for: "10m" })
        yield* run("log-level", { level: "debug", for: "10m" })
        yield* run("log-level", { logger: "database", level: "error" })
        // As a reload of the settings does.
        yield* (yield* LogControl).setLevel(undefined, "warn")
        yield* TestClock.adjust("1 hour")
        expect(yield* levels).toEqual({ default: "warn", plugins: { database: "error" } })
      })
    ))

  it.effect("goes back to what stood before the first of several changes for a while", () =>
    running(() =>
      Effect.gen(function*() {
        yield* run("log-level", { level: "debug", for: "10m" })
        yield* TestClock.adjust("5 minutes")
        yield* run("log-level", { level: "trace", for: "10m" })
        yield* TestClock.adjust("5 minutes")
        expect(yield* levels).toEqual({ default: "trace", plugins: {} })
        yield* TestClock.adjust("5 minutes")
        expect(yield* levels).toEqual({ default: "info", plugins: {} })
      })
    ))

  it.effect("tells what would change and changes nothing in a dry run", () =>
    running(() =>
      Effect.gen(function*() {
        yield* run("log-level", { logger: "database", level: "debug", for: "10m" })
        const input = { logger: "database", level: "error", for: "1m" }
        expect(yield* run("log-level", input, { dryRun: true })).toEqual({
          logger: "database",
          before: "debug",
          after: "error",
          until: "1970-01-01T00:01:00.000Z"
        })
        yield* TestClock.adjust("5 minutes")
        expect(yield* levels).toEqual({ default: "info", plugins: { database: "debug" } })
        yield* TestClock.adjust("5 minutes")
        expect(yield* levels).toEqual({ default: "info", plugins: {} })
      })
    ))

  it.effect("refuses a plugin that is not there, naming those that are", () =>
    running(() =>
      Effect.gen(function*() {
        expect(yield* refusal(run("log-level", { logger: "databse", level: "debug" }))).toEqual({
          operation: "log-level",
          reason: "invalid_input",
          problem: `no plugin is called "databse". Known: default, database, kernel, logger.`
        })
        expect(yield* levels).toEqual({ default: "info", plugins: {} })
      })
    ))

  it.effect("refuses wrong input", () =>
    running(() =>
      Effect.gen(function*() {
        const wrong = [{}, { level: "loud" }, { level: "debug", for: "0s" }, { level: "debug", for: "8d" }, {
          level: "debug",
          fro: "1m"
        }]
        for (const input of wrong) expect((yield* refusal(run("log-level", input))).reason).toBe("invalid_input")
      })
    ))
})
