/**
 * The logger itself, on Effect's own references: whatever is built with this Layer's context logs through it. Thresholds
 * are decided here and not by Effect's minimum level, because that one cannot change while fibers run.
 */
import { hangups } from "@heptad/common"
import type { Lifecycle, Operations, Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { CurrentLogAnnotations, CurrentLoggers, MinimumLogLevel } from "effect/References"
import * as Stream from "effect/Stream"
import type { LoggerConfig } from "../config.ts"
import * as Level from "../Level.ts"
import { LogControl } from "../LogControl.ts"
import * as Metrics from "../metrics.ts"
import { Levels } from "./levels.ts"
import { onExit } from "./NodeStream.ts"
import { register as registerOperations } from "./operations.ts"
import * as Outputs from "./outputs.ts"
import { Recent } from "./recent.ts"
import * as Render from "./render.ts"
import type { Sink } from "./Sink.ts"

const overrideFor = (levels: Levels, options: Logger.Options<unknown>): number | undefined => {
  if (levels.plugins.size === 0) return undefined
  const { plugin } = options.fiber.getRef(CurrentLogAnnotations)
  const level = typeof plugin === "string" ? levels.plugins.get(plugin) : undefined
  return level === undefined ? undefined : Level.rankOf(level)
}

interface Parts {
  readonly levels: Levels
  readonly outputs: ReadonlyArray<Outputs.Output>
  readonly renderer: Render.Renderer
  readonly recent: Recent
  readonly counts: Array<number>
}

const makeLogger = ({ counts, levels, outputs, recent, renderer }: Parts) => {
  const iso = Render.isoClock()
  const remember = (options: Logger.Options<unknown>, rank: number, body: string): void =>
    recent.keep({
      rank,
      plugin: options.fiber.getRef(CurrentLogAnnotations).plugin,
      trace: options.fiber.cache.span?.traceId,
      json: `{"@timestamp":"${iso(options.date)}",${body}}`
    })
  const deliver = (options: Logger.Options<unknown>, facts: Level.Facts, override: number | undefined): void => {
    let json: string | undefined
    let text: string | undefined
    for (const { layout, rank, sink } of outputs) {
      if (facts.rank < (rank ?? override ?? levels.rank)) continue
      const body = layout.format === "json" ? json ??= renderer.json(options) : text ??= renderer.text(options)
      sink.push(layout.line(iso(options.date), facts, body))
      if (facts.level === "fatal") sink.flushSync()
    }
    if (facts.rank >= (override ?? levels.rank) && recent.wants(facts.rank, options.date)) {
      remember(options, facts.rank, json ?? renderer.json(options))
    }
    if (json === undefined && text === undefined) return
    counts[facts.rank] = (counts[facts.rank] ?? 0) + 1
    // The record also belongs on the span that it was written in.
    if (options.fiber.cache.span?.sampled === true) Logger.tracerLogger.log(options)
  }
  return Logger.make<unknown, void>((options) => {
    const facts = Level.ofEffect[options.logLevel]
    const override = overrideFor(levels, options)
    if (override !== undefined && facts.rank < override) return
    try {
      deliver(options, facts, override)
    } catch (error) {
      outputs[0]?.sink.tell(`a log record was lost: ${String(error)}`)
    }
  })
}

const control = (levels: Levels, sinks: ReadonlyArray<Sink>) =>
  LogControl.of({
    setLevel: (plugin, level) => levels.set(plugin, level),
    levels: Effect.sync(() => levels.told),
    flush: Effect.forEach(sinks, (sink) => sink.flush, { concurrency: "unbounded", discard: true }),
    reopen: Effect.forEach(sinks, (sink) => sink.reopen, { discard: true })
  })

/** A level that an operator set stays in force until the setting itself changes. */
const follow = (first: Level.Level, live: Plugin.Live<LoggerConfig>, { setLevel }: LogControl["Service"]) => {
  let current = first
  return live.onChange(({ default_level }) => {
    if (default_level === current) return Effect.void
    current = default_level
    return setLevel(undefined, default_level)
  })
}

const noop = () => {}

/** The registry reads these series when somebody looks; they end with the scope. */
const observe = Effect.fnUntraced(function*(sinks: ReadonlyArray<Sink>, counts: ReadonlyArray<number>) {
  const context = yield* Effect.context<never>()
  const counter = (metric: Metric.Counter<number>, count: () => number) =>
    Metric.registerUnsafe(metric, context, {
      get: () => ({ count: count(), incremental: true }),
      update: noop,
      modify: noop
    })
  const lost = (sink: string, reason: string, count: () => number) =>
    counter(Metric.withAttributes(Metrics.dropped, { sink, reason }), count)
  const registrations = [
    ...Level.all.map(({ level, rank }) =>
      counter(Metric.withAttributes(Metrics.messages, { level }), () => counts[rank] ?? 0)
    ),
    ...sinks.flatMap((sink) => [
      lost(sink.name, "queue_full", () => sink.counts.queueFull),
      lost(sink.name, "write_failed", () => sink.counts.writeFailed),
      counter(Metric.withAttributes(Metrics.diverted, { sink: sink.name }), () => sink.counts.diverted),
      counter(Metric.withAttributes(Metrics.written, { sink: sink.name }), () => sink.counts.bytes)
    ]),
    Metric.registerUnsafe(Metrics.queueDepth, context, {
      get: () => ({ value: sinks.reduce((sum, sink) => sum + sink.depth(), 0) }),
      update: noop,
      modify: noop
    })
  ]
  yield* Effect.addFinalizer(() => Effect.sync(() => registrations.forEach((registration) => registration.remove())))
})

const make = Effect.fnUntraced(function*(config: LoggerConfig, live: Plugin.Live<LoggerConfig>) {
  const outputs = yield* Outputs.make(config)
  const sinks = outputs.map((output) => output.sink)
  const counts = Level.all.map(() => 0)
  const levels = new Levels(config.default_level, yield* Effect.scope)
  const recent = new Recent()
  const renderer = Render.make({ limit: config.performance.max_message_size, fields: config.fields })
  yield* observe(sinks, counts)
  yield* onExit(() => sinks.forEach((sink) => sink.flushSync()))
  const handle = control(levels, sinks)
  yield* follow(config.default_level, live, handle)
  // Whoever rotates the files says so by SIGHUP, whether or not a setting changed.
  yield* Effect.forkScoped(Stream.runForEach(hangups, () => handle.reopen))
  const context = Context.make(LogControl, handle).pipe(
    Context.add(CurrentLoggers, new Set([makeLogger({ levels, outputs, renderer, recent, counts })])),
    Context.add(MinimumLogLevel, "Trace")
  )
  yield* registerOperations(levels, recent, context)
  return context
})

export const layer = (
  config: LoggerConfig,
  live: Plugin.Live<LoggerConfig>
): Layer.Layer<LogControl, never, Lifecycle | Operations> => Layer.effectContext(make(config, live))
