/** What an operator should know about the settings of the logger, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { LoggerConfig, Sink } from "../config.ts"

const onSink = (sink: Sink, index: number): ReadonlyArray<Settings.Advice> => {
  const key = `logger.sinks.${index}`
  if (sink.type === "syslog") {
    return [Advice.notApplied(key, "this version does not write to syslog; use a console or file sink")]
  }
  return sink.type === "file" && sink.rotation !== undefined && sink.rotation.max_size === undefined
    ? [Advice.notApplied(`${key}.rotation`, "the file is never rotated without max_size; set it")]
    : []
}

const overflow = (
  { async: { overflow_policy: policy }, performance: { drop_on_overflow: drop } }: LoggerConfig
): ReadonlyArray<Settings.Advice> => {
  const [older, newer] = ["logger.performance.drop_on_overflow", "logger.async.overflow_policy"]
  return policy === undefined || drop === undefined || (policy === "drop") === drop
    ? []
    : [Advice.contradiction([older, newer], `${older} is ${drop}, but ${newer} wins: ${policy}`)]
}

export const advice = (config: LoggerConfig): ReadonlyArray<Settings.Advice> => [
  ...config.sinks.flatMap(onSink),
  ...overflow(config)
]
