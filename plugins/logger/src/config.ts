/** The `logger` section: thresholds, the asynchronous queue, sinks, constant fields, limits. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import * as Level from "./Level.ts"

const Format = Schema.Literals(["json", "text"])
const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** Constant members that one sink adds to every record; `@timestamp: false` leaves the time stamp out. */
const SinkFields = Schema.Record(Schema.String, Scalar)

const common = {
  level: Schema.optionalKey(Level.FromText),
  fields: Schema.optionalKey(SinkFields)
}

/** Standard output. `format` defaults to text on a terminal and JSON elsewhere; `colorize` forces colour on or off. */
const ConsoleSink = Schema.Struct({
  type: Schema.Literal("console"),
  ...common,
  format: Schema.optionalKey(Format),
  colorize: Schema.optionalKey(SettingTypes.Boolean)
})

/** `max_files` counts the rotated files beside the one that is being written. */
const Rotation = Schema.Struct({
  max_size: Schema.optionalKey(SettingTypes.Bytes),
  max_files: Schema.optionalKey(SettingTypes.int(1, 1000)),
  compress: Schema.optionalKey(SettingTypes.Boolean)
})

/** A file, made with its folder when missing, readable by its owner only. */
export const FileSink = Schema.Struct({
  type: Schema.Literal("file"),
  ...common,
  format: Schema.optionalKey(Format),
  path: Schema.NonEmptyString,
  rotation: Schema.optionalKey(Rotation)
})

/** Accepted and told at start: this version does not write to syslog. */
const SyslogSink = Schema.Struct({
  type: Schema.Literal("syslog"),
  ...common,
  format: Schema.optionalKey(Format),
  facility: Schema.optionalKey(Schema.String),
  hostname: Schema.optionalKey(Schema.String)
})

export const Sink = Schema.Union([ConsoleSink, FileSink, SyslogSink])
export type Sink = typeof Sink.Type

const MB = 1024 * 1024

export const LoggerConfig = Schema.Struct({
  default_level: Setting.field(Level.FromText, "info", {
    description:
      "Least severe level that is logged where a plugin has no threshold of its own. Changeable at run time.",
    env: ["LOGGER_LEVEL", "LOG_LEVEL", "KCENON_LOG_LEVEL"],
    inherits: "common.logging.level"
  }),
  format: Setting.optional(Format, {
    description: "Format of the sinks that name none: json or text. Default: json, but text on a terminal.",
    env: ["LOGGER_FORMAT"],
    inherits: "common.logging.format"
  }),
  file_path: Setting.optional(Schema.NonEmptyString, {
    description: "Path of the first file sink, over what it says itself; adds a file sink where there is none.",
    env: ["LOGGER_FILE_PATH", "KCENON_LOG_FILE"]
  }),
  async: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Queue records and write them in batches; false writes each record before the caller goes on.",
      env: ["LOGGER_ASYNC"]
    }),
    queue_size: Setting.field(SettingTypes.int(1, 10_000_000), 8192, {
      description: "How many records a sink's queue holds before the overflow policy decides.",
      unit: "records"
    }),
    queue_bytes: Setting.field(SettingTypes.Bytes, "32MB", {
      description: "How much text a sink's queue holds before the overflow policy decides.",
      unit: "bytes"
    }),
    flush_interval: Setting.field(SettingTypes.Duration, "20ms", {
      description: "The longest time a record waits for others to be written with.",
      unit: "duration"
    }),
    overflow_policy: Setting.optional(Schema.Literals(["drop", "block"]), {
      description: "When a queue is full: drop new records (counted and told), or block the whole process until the " +
        "queue is written. Default: drop."
    })
  }),
  sinks: Setting.field(Schema.Array(Sink), [{ type: "console" }], {
    description: "Where records go, each with its own level and format. `syslog` is accepted and not written to yet."
  }),
  fields: Setting.field(Schema.Record(Schema.String, Scalar), {}, {
    description: "Constant members of every record: service_name, environment, region, version, or your own."
  }),
  performance: Setting.section({
    buffer_size: Setting.field(SettingTypes.Bytes, "64KB", {
      description: "A batch of this size is written at once, without waiting for flush_interval.",
      unit: "bytes"
    }),
    max_message_size: Setting.field(
      SettingTypes.Bytes.pipe(
        Schema.check(Schema.isBetween({ minimum: 1024, maximum: 16 * MB }, {
          message: `Expected a size between "1KB" and "16MB"`
        }))
      ),
      "64KB",
      { description: "The largest record; a longer one is cut and marked with its original length.", unit: "bytes" }
    ),
    drop_on_overflow: Setting.optional(SettingTypes.Boolean, {
      description: "true is overflow_policy: drop, false is block. An explicit async.overflow_policy wins."
    })
  })
})

/** The decoded section. */
export interface LoggerConfig extends Schema.Schema.Type<typeof LoggerConfig> {}
