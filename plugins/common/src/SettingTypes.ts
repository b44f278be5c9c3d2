/**
 * The spellings that settings files and environment variables share: `30s`, `4KB`, `95%`, `[0-15]`, `auto`. Each type
 * also reads the text form of its value, because environment variables and `${NAME}` always arrive as text.
 */
import * as EffectDuration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Form from "./internal/settingForm.ts"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
type Scalar = typeof Scalar.Type

interface Spelled<A> extends Form.Spelling {
  /** What would have been taken, for the fault. */
  readonly expected: string
  /** Answers undefined for what it refuses. */
  readonly parse: (input: Scalar) => A | undefined
  readonly print: (value: A) => Scalar
}

/** A type with a text form. */
const spelled = <A>(
  to: Schema.Codec<A>,
  { expected, json, parse, print, type }: Spelled<A>
): Schema.Codec<A, Scalar> =>
  Scalar.annotate({ message: `Expected ${expected}` }).pipe(Schema.decodeTo(
    to.annotate(Form.spelled({ type, json })),
    SchemaTransformation.transformEffect<A, Scalar>({
      decode: (input, options) => {
        const value = parse(input)
        return value === undefined
          ? Effect.fail(new SchemaIssue.InvalidValue({ message: `Expected ${expected}` }, input, options))
          : Effect.succeed(value)
      },
      encode: (value) => Effect.succeed(print(value))
    })
  ))

/** For editors: a text that the expression, from its first to its last sign, fits but for spaces around it. */
const text = ({ source }: RegExp) => ({ type: "string", pattern: `^\\s*${source.slice(1, -1)}\\s*$` })

const digits = /^[+-]?\d+$/

const wholeNumber = (input: Scalar): number | undefined => {
  const value = typeof input === "string" && digits.test(input.trim()) ? Number(input) : input
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined
}

const within = (minimum: number, maximum: number) => (input: Scalar) => {
  const value = wholeNumber(input)
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined
}

/** A whole number between the bounds, both included. */
export const int = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) => {
  const open = maximum === Number.MAX_SAFE_INTEGER
  const type = open ? `whole number of ${minimum} or more` : `whole number between ${minimum} and ${maximum}`
  return spelled(Schema.Finite, {
    type,
    expected: `a ${type}`,
    json: [{ type: "integer", minimum, ...(open ? {} : { maximum }) }, text(digits)],
    parse: within(minimum, maximum),
    print: (value) => value
  })
}

/** A TCP port; 0 lets the operating system choose. */
export const Port = int(0, 65535)

const booleans = new Map<Scalar, boolean>([[true, true], [false, false], ["true", true], ["false", false]])

/** `true` or `false`. */
export const Boolean = spelled(Schema.Boolean, {
  type: "true or false",
  expected: "true or false",
  json: [{ enum: [true, false, "true", "false"] }],
  parse: (input) => booleans.get(input),
  print: (value) => value
})

const durationUnits = new Map([["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000], ["d", 86_400_000]])

const durationText = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

const parseDuration = (input: Scalar): EffectDuration.Duration | undefined => {
  const match = typeof input === "string" ? durationText.exec(input.trim()) : null
  const scale = durationUnits.get(match?.[2] ?? "")
  return scale === undefined ? undefined : EffectDuration.millis(Number(match?.[1]) * scale)
}

const printDuration = (value: EffectDuration.Duration): string => `${EffectDuration.toMillis(value)}ms`

/** `100ms`, `30s`, `5m`, `1h`, `2d`. A number without a unit is refused: nobody can tell seconds from milliseconds. */
export const Duration = spelled(Schema.Duration, {
  type: "duration",
  expected: `a duration such as "100ms", "30s", "5m" or "1h"`,
  json: [text(durationText)],
  parse: parseDuration,
  print: printDuration
})

/** A duration of 10ms or more, for what is repeated: zero would mean without a rest. */
export const Pause = Duration.pipe(
  Schema.check(Schema.makeFilter((duration) => EffectDuration.toMillis(duration) >= 10, {
    message: `Expected a duration of "10ms" or more`
  }))
)

const byteUnits = ["B", "KB", "MB", "GB", "TB"]

const bytesText = /^(\d+(?:\.\d+)?)(B|[KMGT]i?B)?$/

const parseBytes = (input: Scalar): number | undefined => {
  if (typeof input === "number") return Number.isSafeInteger(input) && input >= 0 ? input : undefined
  const match = typeof input === "string" ? bytesText.exec(input.trim()) : null
  const exponent = byteUnits.indexOf((match?.[2] ?? "B").replace("i", ""))
  return match === null ? undefined : Math.floor(Number(match[1]) * 1024 ** exponent)
}

/** Bytes: `4KB`, `10MB`, `1GB`, or a plain number. Binary as the guide means it: 1 KB = 1024 bytes, the same as 1 KiB. */
export const Bytes = spelled(Schema.Finite, {
  type: "size",
  expected: `a size such as "4KB", "10MB" or "1GB"`,
  json: [{ type: "integer", minimum: 0 }, text(bytesText)],
  parse: parseBytes,
  print: (value) => value
})

const percentText = /^(\d+(?:\.\d+)?)%$/

const parsePercent = (input: Scalar): number | undefined => {
  const match = typeof input === "string" ? percentText.exec(input.trim()) : null
  return match === null || Number(match[1]) > 100 ? undefined : Number(match[1]) / 100
}

/** `95%`, given to the plugin as the fraction 0.95. */
export const Percent = spelled(Schema.Finite, {
  type: "percentage",
  expected: `a percentage such as "95%"`,
  json: [text(percentText)],
  parse: parsePercent,
  print: (value) => `${value * 100}%`
})

const coresText = /^(\d+(?:\.\d+)?)(m| ?cores?)?$/

const parseCores = (input: Scalar): number | undefined => {
  const match = typeof input === "boolean" ? null : coresText.exec(String(input).trim())
  const cores = Number(match?.[1]) / (match?.[2] === "m" ? 1000 : 1)
  return cores > 0 ? cores : undefined
}

/** CPU time: `4 cores`, `0.5`, or as Kubernetes writes it, `500m`. */
export const Cores = spelled(Schema.Finite, {
  type: "number of cores",
  expected: `a number of cores such as "4 cores", 0.5 or "500m"`,
  json: [{ type: "number", exclusiveMinimum: 0 }, text(coresText)],
  parse: parseCores,
  print: (value) => value
})

const rateText = /^(\d+(?:\.\d+)?)(?:\/([smh]))?$/

const secondsOfUnit = { s: 1, m: 60, h: 3600 } as const

const parseRate = (input: Scalar): number | undefined => {
  const match = typeof input === "boolean" ? null : rateText.exec(String(input).trim())
  const unit = match?.[2] === "m" || match?.[2] === "h" ? match[2] : "s"
  const rate = Number(match?.[1]) / secondsOfUnit[unit]
  return rate >= 1e-6 && rate <= 1e9 ? rate : undefined
}

/** How often in a second, above zero: `1000`, `0.5`, or for something else than a second `30/m` or `5/h`. */
export const Rate = spelled(Schema.Finite, {
  type: "rate per second",
  expected: `a rate such as 1000, 0.5, "30/m" or "5/h"`,
  json: [{ type: "number", minimum: 1e-6, maximum: 1e9 }, text(rateText)],
  parse: parseRate,
  print: (value) => value
})

/** The word `auto`, or a whole number of `minimum` or more. */
export const autoOr = (minimum: number) => Schema.Union([Schema.Literal("auto"), int(minimum)])

const cpuRange = /^(\d{1,4})(?:-(\d{1,4}))?$/
const cpuListText = /^\d{1,4}(-\d{1,4})?( *, *\d{1,4}(-\d{1,4})?)*$/

const expandRange = (part: string): ReadonlyArray<number> | undefined => {
  const match = cpuRange.exec(part.trim())
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
  return match === null || to < from ? undefined : Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

const parseCpuList = (input: Scalar): ReadonlyArray<number> | undefined => {
  const parts = String(input).split(",").map(expandRange)
  return parts.every((part) => part !== undefined) ? [...new Set(parts.flat())] : undefined
}

/** One item of a CPU list: `0-15`, `0-3,8` or `4`. */
const CpuListItem = spelled(Schema.Array(Schema.Finite), {
  type: "CPU list",
  expected: `a CPU list such as "0-15" or "0-3,8"`,
  json: [{ type: "integer", minimum: 0, maximum: 9999 }, text(cpuListText)],
  parse: parseCpuList,
  print: (value) => value.join(",")
})

/** CPU numbers, written `[0-15]` (a YAML list with one text) or `0-15,18`. */
export const CpuList = Schema.Union([CpuListItem, Schema.Array(CpuListItem)])

/** A list; from an environment variable the items are separated by commas. */
export const list = <A extends Scalar>(item: Schema.Codec<A, Scalar>) =>
  Schema.Union([Schema.Array(item), splitList(item)])

const splitList = <A extends Scalar>(item: Schema.Codec<A, Scalar>) =>
  Schema.String.pipe(Schema.decodeTo(
    Schema.Array(item).annotate(Form.spelled({ type: "text with commas", json: [{ type: "string" }] })),
    SchemaTransformation.transform<ReadonlyArray<Scalar>, string>({
      decode: (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== ""),
      encode: (items) => items.join(",")
    })
  ))

/** A secret: redacted from here on, never printed in a fault, a log or a dump. */
export const Secret = Schema.RedactedFromValue(Schema.String)
