/** The sinks that the settings ask for: which destination, which threshold, which look. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FileSink, LoggerConfig, Sink as SinkConfig } from "../config.ts"
import * as Level from "../Level.ts"
import type { Destination } from "./Destination.ts"
import { quote } from "./json.ts"
import * as NodeLogFile from "./NodeLogFile.ts"
import { stderr, stdout, stdoutHasColours, stdoutIsTerminal } from "./NodeStream.ts"
import { constants, isoClock, levelText } from "./render.ts"
import * as Sink from "./Sink.ts"

export type Format = "json" | "text"

/** How one sink lays out a line. */
export interface Layout {
  readonly format: Format
  readonly line: (time: string, facts: Level.Facts, body: string) => string
}

export interface Output {
  readonly sink: Sink.Sink
  /** Rank of the sink's own level, if it has one. */
  readonly rank: number | undefined
  readonly layout: Layout
}

type Fields = Readonly<Record<string, string | number | boolean>>

const jsonLayout = (fields: Fields): Layout => {
  const { "@timestamp": stamped = true, ...rest } = fields
  const tail = `${constants(rest)}}\n`
  return {
    format: "json",
    line: (time, _facts, body) => (stamped === false ? "{" : `{"@timestamp":"${time}",`) + body + tail
  }
}

const textLayout = (fields: Fields, colour: boolean): Layout => {
  const { "@timestamp": stamped = true, ...rest } = fields
  const tail = Object.entries(rest).map(([name, value]) => ` ${name}=${value}`).join("") + "\n"
  return {
    format: "text",
    line: (time, facts, body) => (stamped === false ? "" : `${time} `) + levelText(facts, colour) + body + tail
  }
}

type Writable = Exclude<SinkConfig, { readonly type: "syslog" }>

const layoutOf = (sink: Writable, config: LoggerConfig): Layout => {
  const fields = sink.fields ?? {}
  const preferred = sink.format ?? config.format
  if (sink.type === "file") return preferred === "text" ? textLayout(fields, false) : jsonLayout(fields)
  const format = preferred ?? (stdoutIsTerminal() ? "text" : "json")
  return format === "text" ? textLayout(fields, sink.colorize ?? stdoutHasColours()) : jsonLayout(fields)
}

const warning = Level.ofEffect.Warn

/** A record of the logger itself, made without a fiber. */
const notice = (layout: Layout, config: LoggerConfig, clock: Clock.Clock) => {
  const iso = isoClock()
  return (message: string): string =>
    layout.line(
      iso(new Date(clock.currentTimeMillisUnsafe())),
      warning,
      layout.format === "text"
        ? ` [logger] ${message}`
        : `"level":"${warning.text}","severity":${warning.severity},"message":${quote(message)},"plugin":"logger"` +
          constants(config.fields)
    )
}

const rotationOf = ({ rotation }: typeof FileSink.Type): { readonly rotation?: NodeLogFile.Rotation } =>
  rotation?.max_size === undefined
    ? {}
    : {
      rotation: { maxBytes: rotation.max_size, maxFiles: rotation.max_files ?? 5, compress: rotation.compress ?? false }
    }

const destinationOf = (sink: Writable, tell: (message: string) => void): Destination =>
  sink.type === "console"
    ? stdout
    : NodeLogFile.make({ path: sink.path, ...rotationOf(sink), onRotationFailed: (error) => tell(error.message) })

const overflowOf = ({ async, performance }: LoggerConfig): Sink.Overflow =>
  async.overflow_policy ?? (performance.drop_on_overflow === false ? "block" : "drop")

const isWritable = (sink: SinkConfig): sink is Writable => sink.type !== "syslog"

/** `file_path` stands in for the path of the first file sink, or is a sink of its own. */
const withFilePath = (sinks: ReadonlyArray<Writable>, path: string | undefined): ReadonlyArray<Writable> => {
  if (path === undefined) return sinks
  const first = sinks.findIndex((sink) => sink.type === "file")
  return first === -1
    ? [...sinks, { type: "file", path }]
    : sinks.map((sink, index) => index === first && sink.type === "file" ? { ...sink, path } : sink)
}

/** The sinks to write to. Where only sinks are asked for that cannot be written to, the console takes their place. */
export const writable = (config: LoggerConfig): ReadonlyArray<Writable> => {
  const sinks = withFilePath(config.sinks.filter(isWritable), config.file_path)
  return sinks.length === 0 && config.sinks.length > 0 ? [{ type: "console" }] : sinks
}

export const make = Effect.fnUntraced(function*(config: LoggerConfig) {
  const clock = yield* Clock.Clock
  const { async, performance } = config
  const limits = {
    records: async.queue_size,
    // A queue that cannot hold one record would drop everything.
    characters: Math.max(async.queue_bytes, 2 * performance.max_message_size),
    batch: performance.buffer_size
  }
  return yield* Effect.forEach(writable(config), (settings) =>
    Effect.gen(function*() {
      const layout = layoutOf(settings, config)
      const say = notice(layout, config, clock)
      const sink = yield* Sink.make({
        destination: destinationOf(settings, (message) => void stderr.writeSync(Buffer.from(say(message)))),
        fallback: stderr,
        limits,
        overflow: overflowOf(config),
        flushInterval: async.flush_interval,
        queued: async.enabled,
        notice: say
      })
      const rank = settings.level === undefined ? undefined : Level.rankOf(settings.level)
      return { sink, rank, layout } satisfies Output
    }))
})
