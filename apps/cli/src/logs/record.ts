/** Pure: a log record as one line for a terminal. */
import type * as Schema from "effect/Schema"
import type { LogRecord } from "../control/answers.ts"
import { printable } from "../printable.ts"

const colours: Readonly<Record<string, string>> = {
  TRACE: "\x1b[90m",
  DEBUG: "\x1b[34m",
  INFO: "\x1b[32m",
  WARN: "\x1b[33m",
  ERROR: "\x1b[31m",
  FATAL: "\x1b[101;30m"
}

/** Have a place of their own in the line, or say nothing to a person. */
const placed = ["@timestamp", "level", "severity", "plugin", "message", "error", "span_id"]

const text = (value: Schema.Json | undefined): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)

const levelOf = ({ level }: LogRecord, colour: boolean): string => {
  const name = printable(text(level)).padEnd(5)
  const code = colours[name.trim()]
  return colour && code !== undefined ? `${code}${name}\x1b[0m` : name
}

const member = ([name, value]: readonly [string, Schema.Json]): string => {
  const shown = text(value)
  return ` ${printable(name)}=${/[\s"=]/.test(shown) ? printable(JSON.stringify(shown)) : printable(shown)}`
}

const errorOf = ({ error }: LogRecord): string => {
  if (typeof error !== "object" || error === null || Array.isArray(error)) return ""
  const { message, type } = Object.fromEntries(Object.entries(error))
  return printable(` (${text(type)}: ${text(message)})`)
}

/** `2026-11-23T09:42:00.123Z INFO  [network] listening port=8080`; the stack of an error is left to `--json`. */
export const line = (record: LogRecord, colour: boolean): string => {
  const plugin = record["plugin"] === undefined ? "" : ` [${printable(text(record["plugin"]))}]`
  const others = Object.entries(record).filter(([name]) => !placed.includes(name)).map(member).join("")
  return `${printable(text(record["@timestamp"]))} ${levelOf(record, colour)}${plugin} ` +
    `${printable(text(record["message"]))}${others}${errorOf(record)}`
}
