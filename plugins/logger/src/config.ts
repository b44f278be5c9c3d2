/** The `logger` section: thresholds, the asynchronous queue, sinks, constant fields, limits. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import * as Level from "./Level.ts"

const Format = Schema.Literals(["json", "text"])
const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

const SinkFields = Schema.Record(Schema.String, Scalar)

const common = {
  level: Setting.optional(Level.FromText, {
    description: "Least severe level that this sink writes. Default: logger.default_level, or what is set at run time."
  }),
  format: Setting.optional(Format, {
    description: "json or text. Default: logger.format; without it json, but text for a console on a terminal."
  }),
  fields: Setting.optional(SinkFields, {
    description: "Constant members of every record of this sink; `@timestamp: false` leaves the time stamp out."
  })
}

const type = <const T extends string>(name: T) =>
  Setting.item(Schema.Literal(name), { description: "The kind of sink, which decides what else it can have." })

const ConsoleSink = Schema.Struct({
  type: type("console"),
  ...common,
  colorize: Setting.optional(SettingTypes.Boolean, {
    description: "Colours in text, forced on or off. Default: on where the terminal has them."
  })
})

const Rotation = Schema.Struct({
  max_size: Setting.optional(SettingTypes.Bytes, {
    description: "A file that would grow beyond this is set aside and a new one begun. Without it nothing rotates.",
    unit: "bytes"
  }),
  max_files: Setting.optional(SettingTypes.int(1, 1000), {
    description: "Files set aside that are kept, beside the one that is being written. Default: 5.",
    unit: "files"
  }),
  compress: Setting.optional(SettingTypes.Boolean, {
    description: "Compress files set aside with gzip, in the background. Default: false."
  })
})

export const FileSink = Schema.Struct({
  type: type("file"),
  ...common,
  path: Setting.item(Schema.NonEmptyString, {
    description: "The file; made with its folder when missing, readable by its owner only."
  }),
  rotation: Setting.optional(Rotation, { description: "When the file is set aside. Default: never." })
})

const noSyslog = "this version does not write to syslog; use a console or file sink"

const SyslogSink = Schema.Struct({
  type: type("syslog"),
  ...common,
  facility: Setting.optional(Schema.String, {
    description: "Syslog facility of the records, for example local0.",
    notApplied: noSyslog
  }),
  hostname: Setting.optional(Schema.String, {
    description: "Host name that the records carry.",
    notApplied: noSyslog
  })
})

export const Sink = Schema.Union([ConsoleSink, FileSink, SyslogSink])
export type Sink = typeof Sink.Type

const MB = 1024 * 1024

export const LoggerConfig = Schema.Struct({
  default_level: Setting.field(Level.FromText, "info", {
    description:
      "Least severe level that is logged where a plugin has no threshold of its own. Changeable at run time.",
    env: ["LOGGER_LEVEL", "LOG_LEVEL", "KCENON_LOG_LEVEL"],
    inherits: "common.logging.level",
    reloadable: true
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
