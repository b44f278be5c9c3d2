/** What operators can ask the logger and tell it: the last records, and thresholds, for good or for a while. */
import { SettingTypes } from "@heptad/common"
import { Lifecycle, Operation, OperationRefused, Operations } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Level from "../Level.ts"
import type { Levels } from "./levels.ts"
import type { Recent } from "./recent.ts"

const Filter = Schema.Struct({
  after: Schema.optionalKey(SettingTypes.int(0)),
  limit: Schema.optionalKey(SettingTypes.int(1, 1000)),
  level: Schema.optionalKey(Level.FromText),
  plugin: Schema.optionalKey(Schema.String),
  trace: Schema.optionalKey(Schema.String)
})

const Record = Schema.fromJsonString(Schema.Json)
const parse = Schema.decodeSync(Record)

const logs = (recent: Recent) =>
  Operation.make({
    name: "logs",
    description:
      "The last log records, or those after a given one. Warnings and worse are always kept; everything else " +
      "from the first question on, as long as the next one comes within 30 s.",
    kind: "read",
    input: Filter,
    run: ({ after, level = "trace", limit = 100, plugin, trace }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        recent.follow(now)
        const page = recent.read({ after, limit, rank: Level.rankOf(level), plugin, trace })
        return { ...page, records: page.records.map(({ json }) => parse(json)) }
      })
  })

/** The name of the threshold for everybody without one of their own. */
const everybody = "default"

const While = SettingTypes.Duration.pipe(
  Schema.check(Schema.makeFilter(
    (duration) => Duration.between(duration, { minimum: Duration.seconds(1), maximum: Duration.days(7) }),
    { message: `Expected a duration between "1s" and "7d"` }
  ))
)

const Change = Schema.Struct({
  logger: Schema.optionalKey(Schema.String),
  level: Level.FromText,
  for: Schema.optionalKey(While)
})

/** A misspelt name would change nothing and look as if it had. */
const nameOf = Effect.fnUntraced(function*(lifecycle: Lifecycle["Service"], logger: string) {
  if (logger === everybody) return undefined
  const known = ["kernel", ...(yield* lifecycle.plugins).map(({ name }) => name)]
  if (known.includes(logger)) return logger
  const problem = `no plugin is called "${logger}". Known: ${[everybody, ...known.toSorted()].join(", ")}.`
  return yield* new OperationRefused({ operation: "log-level", reason: "invalid_input", problem })
})

const wentBack = (levels: Levels, logger: string, name: string | undefined) =>
  Effect.suspend(() => Effect.logInfo(`log level of ${logger} went back to ${levels.of(name)}`))

const untilOf = (duration: Duration.Duration | undefined) =>
  duration === undefined
    ? Effect.succeed({})
    : Effect.map(DateTime.now, (now) => ({ until: DateTime.formatIso(DateTime.addDuration(now, duration)) }))

const logLevels = (levels: Levels) =>
  Operation.make({
    name: "log-levels",
    description: "The thresholds: the default, and those of plugins that have one of their own.",
    kind: "read",
    input: Schema.Struct({}),
    run: () => Effect.sync(() => ({ default: levels.told.default, plugins: { ...levels.told.plugins } }))
  })

const logLevel = (levels: Levels, lifecycle: Lifecycle["Service"], speaking: <A>(e: Effect.Effect<A>) => typeof e) =>
  Operation.make({
    name: "log-level",
    description:
      "Changes the threshold of one plugin, or of everybody without one of their own (default), for good or, " +
      "with `for`, for a while.",
    kind: "write",
    input: Change,
    run: Effect.fnUntraced(function*({ for: duration, level, logger = everybody }, { dryRun }) {
      const name = yield* nameOf(lifecycle, logger)
      const answer = { logger, before: levels.of(name), after: level, ...(yield* untilOf(duration)) }
      if (dryRun) return answer
      if (duration === undefined) yield* levels.set(name, level)
      else yield* levels.setFor(name, level, duration, speaking(wentBack(levels, logger, name)))
      return answer
    })
  })

/** `context` is the logger's own: what happens by itself is told there. */
export const register = Effect.fnUntraced(
  function*(levels: Levels, recent: Recent, context: Context.Context<never>) {
    const [operations, lifecycle] = [yield* Operations, yield* Lifecycle]
    const speaking = <A>(effect: Effect.Effect<A>) =>
      Effect.provideContext(Effect.annotateLogs(effect, "plugin", "logger"), context)
    yield* operations.register(logs(recent))
    yield* operations.register(logLevels(levels))
    yield* operations.register(logLevel(levels, lifecycle, speaking))
  }
)
