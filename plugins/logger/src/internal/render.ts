/**
 * A record as JSON or text. The JSON body is made once per record and shared by all sinks, which put their own head and
 * tail around it.
 */
import { redacted } from "@heptad/common"
import type * as Logger from "effect/Logger"
import { CurrentLogAnnotations, CurrentLogSpans } from "effect/References"
import * as Level from "../Level.ts"
import { cut, display, quote, value } from "./json.ts"
import * as Members from "./members.ts"
import { type ErrorFacts, errorOf, messageOf } from "./record.ts"

type Scalar = string | number | boolean

export interface Renderer {
  /** Everything between the time stamp and the sink's own members, without braces: `"level":"INFO",...`. */
  readonly json: (options: Logger.Options<unknown>) => string
  readonly text: (options: Logger.Options<unknown>) => string
}

export interface Style {
  /** Largest record, in bytes. */
  readonly limit: number
  readonly fields: Readonly<Record<string, Scalar>>
}

/** `2026-11-23T09:42:00.123Z`; worked out once per millisecond. */
export const isoClock = (): (date: Date) => string => {
  let millis = Number.NaN
  let text = ""
  return (date) => {
    const now = date.getTime()
    if (now !== millis) {
      millis = now
      text = date.toISOString()
    }
    return text
  }
}

/** `,"name":value` for each constant member. */
export const constants = (fields: Readonly<Record<string, Scalar>>): string =>
  Object.entries(fields).map(([name, field]) => `,${quote(name)}:${value(field, Number.MAX_SAFE_INTEGER)}`).join("")

const errorMember = (error: ErrorFacts, limit: number): string =>
  `,"error":{"type":${quote(error.type)},"message":${quote(cut(error.message, limit))}` +
  (error.code === undefined ? "" : `,"code":${quote(error.code)}`) +
  `,"stack":${quote(cut(error.stack, limit))}}`

const spanMembers = (options: Logger.Options<unknown>): string => {
  const span = options.fiber.cache.span
  return span === undefined ? "" : `,"trace_id":${quote(span.traceId)},"span_id":${quote(span.spanId)}`
}

const none: ReadonlyArray<never> = []

const timers = (options: Logger.Options<unknown>): ReadonlyArray<readonly [string, number]> => {
  const spans = options.fiber.getRef(CurrentLogSpans)
  if (spans.length === 0) return none
  const now = options.date.getTime()
  return spans.map(([label, startedAt]) => [label, now - startedAt])
}

const timerMember = (options: Logger.Options<unknown>): string => {
  const all = timers(options)
  return all.length === 0 ? "" : `,"spans":{${all.map(([label, millis]) => `${quote(label)}:${millis}`).join(",")}}`
}

export const make = ({ fields, limit }: Style): Renderer => {
  const member = Members.make(Object.keys(fields))
  const tail = constants(fields)

  const annotationMembers = (options: Logger.Options<unknown>, each: number): string => {
    const annotations = options.fiber.getRef(CurrentLogAnnotations)
    let out = ""
    for (const name in annotations) {
      const { head, secret } = member(name)
      const text = secret ? quote(redacted) : value(annotations[name], each)
      if (text !== undefined) out += head + text
    }
    return out
  }

  const body = (options: Logger.Options<unknown>, each: number, withAnnotations: boolean): string => {
    const { severity, text } = Level.ofEffect[options.logLevel]
    const error = errorOf(options)
    return `"level":"${text}","severity":${severity},"message":${quote(cut(messageOf(options.message, error), each))}` +
      (withAnnotations ? annotationMembers(options, each) : "") + spanMembers(options) + timerMember(options) +
      (error === undefined ? "" : errorMember(error, each)) + tail
  }

  const fits = (text: string): boolean => text.length * 3 <= limit || Buffer.byteLength(text) <= limit

  /** Texts get shorter and shorter shares of the limit; a character may take six bytes, and there are three texts. */
  const shortened = (options: Logger.Options<unknown>, length: number): string => {
    const mark = `,"cut":true,"original_length":${length}`
    for (const share of [0.9, 0.25, 0.05]) {
      const text = body(options, Math.floor(limit * share), true) + mark
      if (fits(text)) return text
    }
    return body(options, Math.floor(limit / 24), false) + mark
  }

  const annotationTexts = (options: Logger.Options<unknown>): string => {
    let out = ""
    for (const [name, annotation] of Object.entries(options.fiber.getRef(CurrentLogAnnotations))) {
      if (name === "plugin") continue
      const known = member(name)
      const shown = known.secret ? redacted : cut(display(annotation), limit)
      out += ` ${escapeLine(known.name)}=${/[\s"=]/.test(shown) ? quote(shown) : escapeLine(shown)}`
    }
    return out
  }

  return {
    json: (options) => {
      const whole = body(options, limit, true)
      return fits(whole) ? whole : shortened(options, whole.length)
    },
    text: (options) => {
      const error = errorOf(options)
      const { plugin } = options.fiber.getRef(CurrentLogAnnotations)
      const span = options.fiber.cache.span
      const whole = (typeof plugin === "string" ? ` [${escapeLine(plugin)}]` : "") +
        ` ${escapeLine(cut(messageOf(options.message, error), limit))}` + annotationTexts(options) +
        timers(options).map(([label, millis]) => ` ${escapeLine(label)}=${millis}ms`).join("") +
        (span === undefined ? "" : ` trace_id=${span.traceId}`) +
        (error === undefined ? "" : stackLines(cut(error.stack, limit)))
      return cut(whole, limit)
    }
  }
}

/** One line without control characters. */
const escapeLine = (text: string): string => {
  const quoted = quote(text)
  return quoted.length === text.length + 2 ? text : quoted.slice(1, -1).replaceAll("\\\"", "\"")
}

/** A stack keeps its lines; indented, none of them can pass for a record. */
const stackLines = (stack: string): string => stack.split("\n").map((line) => `\n    ${escapeLine(line)}`).join("")

const colours: Readonly<Record<Level.Level, string>> = {
  trace: "\x1b[90m",
  debug: "\x1b[34m",
  info: "\x1b[32m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
  fatal: "\x1b[101;30m"
}

/** `INFO ` in a fixed width, coloured or not. */
export const levelText = ({ level, text }: Level.Facts, colour: boolean): string =>
  colour ? `${colours[level]}${text.padEnd(5)}\x1b[0m` : text.padEnd(5)
