/**
 * The spellings that settings files and environment variables share: `30s`, `4KB`, `95%`, `[0-15]`, `auto`. Each type
 * also reads the text form of its value, because environment variables and `${NAME}` always arrive as text.
 */
import * as EffectDuration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
type Scalar = typeof Scalar.Type

/** A type with a text form: `parse` answers undefined for what it refuses, `expected` says what it would have taken. */
const spelled = <A>(
  to: Schema.Codec<A>,
  expected: string,
  parse: (input: Scalar) => A | undefined,
  print: (value: A) => Scalar
): Schema.Codec<A, Scalar> =>
  Scalar.annotate({ message: `Expected ${expected}` }).pipe(Schema.decodeTo(
    to,
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

const wholeNumber = (input: Scalar): number | undefined => {
  const value = typeof input === "string" && /^[+-]?\d+$/.test(input.trim()) ? Number(input) : input
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined
}

const within = (minimum: number, maximum: number) => (input: Scalar) => {
  const value = wholeNumber(input)
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined
}

/** A whole number between the bounds, both included. */
export const int = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) =>
  spelled(
    Schema.Finite,
    maximum === Number.MAX_SAFE_INTEGER
      ? `a whole number of ${minimum} or more`
      : `a whole number between ${minimum} and ${maximum}`,
    within(minimum, maximum),
    (value) => value
  )

/** A TCP port; 0 lets the operating system choose. */
export const Port = int(0, 65535)

const booleans = new Map<Scalar, boolean>([[true, true], [false, false], ["true", true], ["false", false]])

/** `true` or `false`. */
export const Boolean = spelled(Schema.Boolean, "true or false", (input) => booleans.get(input), (value) => value)

const durationUnits = new Map([["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000], ["d", 86_400_000]])

const parseDuration = (input: Scalar): EffectDuration.Duration | undefined => {
  const match = typeof input === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(input.trim()) : null
  const scale = durationUnits.get(match?.[2] ?? "")
  return scale === undefined ? undefined : EffectDuration.millis(Number(match?.[1]) * scale)
}

const printDuration = (value: EffectDuration.Duration): string => `${EffectDuration.toMillis(value)}ms`

/** `100ms`, `30s`, `5m`, `1h`, `2d`. A number without a unit is refused: nobody can tell seconds from milliseconds. */
export const Duration = spelled(
  Schema.Duration,
  `a duration such as "100ms", "30s", "5m" or "1h"`,
  parseDuration,
  printDuration
)

/** A duration of 10ms or more, for what is repeated: zero would mean without a rest. */
export const Pause = Duration.pipe(
  Schema.check(Schema.makeFilter((duration) => EffectDuration.toMillis(duration) >= 10, {
    message: `Expected a duration of "10ms" or more`
  }))
)

const byteUnits = ["B", "KB", "MB", "GB", "TB"]

const parseBytes = (input: Scalar): number | undefined => {
  if (typeof input === "number") return Number.isSafeInteger(input) && input >= 0 ? input : undefined
  const match = typeof input === "string" ? /^(\d+(?:\.\d+)?)(B|[KMGT]i?B)?$/.exec(input.trim()) : null
  const exponent = byteUnits.indexOf((match?.[2] ?? "B").replace("i", ""))
  return match === null ? undefined : Math.floor(Number(match[1]) * 1024 ** exponent)
}

/** Bytes: `4KB`, `10MB`, `1GB`, or a plain number. Binary as the guide means it: 1 KB = 1024 bytes, the same as 1 KiB. */
export const Bytes = spelled(Schema.Finite, `a size such as "4KB", "10MB" or "1GB"`, parseBytes, (value) => value)

const parsePercent = (input: Scalar): number | undefined => {
  const match = typeof input === "string" ? /^(\d+(?:\.\d+)?)%$/.exec(input.trim()) : null
  return match === null || Number(match[1]) > 100 ? undefined : Number(match[1]) / 100
}

/** `95%`, given to the plugin as the fraction 0.95. */
export const Percent = spelled(Schema.Finite, `a percentage such as "95%"`, parsePercent, (value) => `${value * 100}%`)

/** The word `auto`, or a whole number of `minimum` or more. */
export const autoOr = (minimum: number) => Schema.Union([Schema.Literal("auto"), int(minimum)])

const expandRange = (part: string): ReadonlyArray<number> | undefined => {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim())
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
  return match === null || to < from ? undefined : Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

const parseCpuList = (input: Scalar): ReadonlyArray<number> | undefined => {
  const parts = String(input).split(",").map(expandRange)
  return parts.every((part) => part !== undefined) ? [...new Set(parts.flat())] : undefined
}

/** One item of a CPU list: `0-15`, `0-3,8` or `4`. */
const CpuListItem = spelled(
  Schema.Array(Schema.Finite),
  `a CPU list such as "0-15" or "0-3,8"`,
  parseCpuList,
  (value) => value.join(",")
)

/** CPU numbers, written `[0-15]` (a YAML list with one text) or `0-15,18`. */
export const CpuList = Schema.Union([CpuListItem, Schema.Array(CpuListItem)])

/** A list; from an environment variable the items are separated by commas. */
export const list = <A extends Scalar>(item: Schema.Codec<A, Scalar>) =>
  Schema.Union([Schema.Array(item), splitList(item)])

const splitList = <A extends Scalar>(item: Schema.Codec<A, Scalar>) =>
  Schema.String.pipe(Schema.decodeTo(
    Schema.Array(item),
    SchemaTransformation.transform<ReadonlyArray<Scalar>, string>({
      decode: (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== ""),
      encode: (items) => items.join(",")
    })
  ))

/** A secret: redacted from here on, never printed in a fault, a log or a dump. */
export const Secret = Schema.RedactedFromValue(Schema.String)
