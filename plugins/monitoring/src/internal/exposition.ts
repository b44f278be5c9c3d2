/**
 * A strict reader of the Prometheus text format 0.0.4, for tests: it refuses everything that Prometheus or `promtool check
 * metrics` would refuse, so that a page that parses here can be scraped.
 */
import * as Result from "effect/Result"

export type Kind = "counter" | "gauge" | "histogram" | "summary" | "untyped"

export interface Family {
  readonly name: string
  readonly kind: Kind
  readonly help: string | undefined
}

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Exposition {
  readonly families: ReadonlyMap<string, Family>
  readonly samples: ReadonlyArray<Sample>
}

interface Reading {
  readonly families: Map<string, Family>
  readonly samples: Array<Sample>
  readonly seen: Set<string>
  readonly help: Map<string, string>
  current: Family | undefined
}

/** Carries the problem out of the line readers; never leaves this file. */
class Problem extends Error {}

const refuse = (problem: string): never => {
  throw new Problem(problem)
}

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*"
const kindLine = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`)
const helpLine = new RegExp(`^# HELP (${name}) (.*)$`)
const sampleLine = new RegExp(`^(${name})(?:\\{(.*)\\})? (\\S+)(?: -?\\d+)?$`)
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

const escapes = new Map([["\\n", "\n"], ["\\\\", "\\"], ["\\\"", "\""]])
const unescape = (text: string) => text.replace(/\\["\\n]/g, (escape) => escapes.get(escape) ?? escape)

const words = new Map([["+Inf", Infinity], ["-Inf", -Infinity], ["NaN", NaN]])

const numberOf = (text: string): number => {
  const word = words.get(text)
  if (word !== undefined) return word
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : refuse(`"${text}" is not a number`)
}

const labelsOf = (text: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  let end = 0
  while (end < text.length) {
    const [all, key = "", value = ""] = label.exec(text) ?? refuse(`labels cannot be read: {${text}}`)
    if (Object.hasOwn(labels, key)) refuse(`label ${key} stands twice`)
    labels[key] = unescape(value)
    end += all.length
  }
  return labels
}

/** One text per series, whatever the order of its labels. */
export const seriesKey = (name: string, labels: Readonly<Record<string, string>>) => {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => a < b ? -1 : 1)
  return sorted.length === 0 ? name : `${name}{${sorted.map(([key, value]) => `${key}="${value}"`).join(",")}}`
}

const suffixes: Readonly<Record<Kind, ReadonlyArray<string>>> = {
  counter: [""],
  gauge: [""],
  untyped: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"]
}

const belongs = (family: Family | undefined, sample: string) =>
  family !== undefined && suffixes[family.kind].some((suffix) => `${family.name}${suffix}` === sample)

const openFamily = (reading: Reading, family: Family) => {
  if (reading.families.has(family.name)) refuse(`# TYPE ${family.name} stands twice`)
  reading.families.set(family.name, family)
  reading.current = family
}

const checkLabels = ({ kind, name }: Family, sample: Sample) => {
  const { labels } = sample
  if (sample.name === `${name}_bucket` && labels["le"] === undefined) refuse(`${sample.name} has no le`)
  if (kind === "summary" && sample.name === name && labels["quantile"] === undefined) refuse(`${name} has no quantile`)
  if (kind === "counter" && !(sample.value >= 0)) refuse(`counter ${name} is ${sample.value}`)
}

const readSample = (reading: Reading, line: string) => {
  const [, name = "", labels = "", value = ""] = sampleLine.exec(line) ?? refuse("neither a comment nor a sample")
  const sample = { name, labels: labelsOf(labels), value: numberOf(value) }
  const key = seriesKey(name, sample.labels)
  if (reading.seen.has(key)) refuse(`${key} stands twice`)
  if (!belongs(reading.current, name)) refuse(`${name} stands outside of the family that its # TYPE opens`)
  if (reading.current !== undefined) checkLabels(reading.current, sample)
  reading.seen.add(key)
  reading.samples.push(sample)
}

const readLine = (reading: Reading, line: string) => {
  const [, helped, help = ""] = helpLine.exec(line) ?? []
  const [, typed, kind] = kindLine.exec(line) ?? []
  if (helped !== undefined) {
    if (reading.help.has(helped)) refuse(`# HELP ${helped} stands twice`)
    if (reading.families.has(helped)) refuse(`# HELP ${helped} stands behind its # TYPE`)
    return reading.help.set(helped, help)
  }
  if (typed !== undefined) {
    return openFamily(reading, { name: typed, kind: kindOf(kind), help: reading.help.get(typed) })
  }
  if (/^# (HELP|TYPE)\b/.test(line)) refuse("a HELP or TYPE that cannot be read")
  if (!line.startsWith("#")) readSample(reading, line)
}

const kindOf = (text: string | undefined): Kind =>
  text === "counter" || text === "gauge" || text === "histogram" || text === "summary" ? text : "untyped"

const ascends = (values: ReadonlyArray<number>, follows: (next: number, previous: number) => boolean) =>
  values.slice(1).every((next, index) => follows(next, values[index] ?? NaN))

/** Buckets of one series in the order of the page. */
const checkBuckets = (series: string, buckets: ReadonlyArray<Sample>, count: number | undefined) => {
  const bounds = buckets.map(({ labels }) => numberOf(labels["le"] ?? ""))
  const counts = buckets.map(({ value }) => value)
  if (!ascends(bounds, (next, previous) => next > previous)) refuse(`the bounds of ${series} do not ascend`)
  if (!ascends(counts, (next, previous) => next >= previous)) refuse(`the buckets of ${series} are not cumulative`)
  if (bounds.at(-1) !== Infinity) refuse(`${series} has no bucket +Inf`)
  if (counts.at(-1) !== count) refuse(`bucket +Inf and _count of ${series} differ`)
}

const checkHistogram = (family: Family, samples: ReadonlyArray<Sample>) => {
  const without = ({ labels: { le: _, ...rest } }: Sample) => seriesKey(family.name, rest)
  const parts = Map.groupBy(samples.filter((sample) => belongs(family, sample.name)), without)
  for (const [series, part] of parts) {
    const one = (suffix: string) => part.filter((sample) => sample.name === `${family.name}${suffix}`)
    if (one("_sum").length !== 1 || one("_count").length !== 1) refuse(`${series} lacks its _sum or _count`)
    checkBuckets(series, one("_bucket"), one("_count")[0]?.value)
  }
}

const read = (text: string): Exposition => {
  const reading: Reading = {
    families: new Map(),
    samples: [],
    seen: new Set(),
    help: new Map(),
    current: undefined
  }
  if (text !== "" && !text.endsWith("\n")) refuse("the last line does not end")
  text.split("\n").slice(0, -1).forEach((line, index) => {
    try {
      if (line !== "") readLine(reading, line)
    } catch (error) {
      refuse(`line ${index + 1}: ${error instanceof Problem ? error.message : String(error)}: ${line}`)
    }
  })
  for (const family of reading.families.values()) {
    if (family.kind === "histogram") checkHistogram(family, reading.samples)
  }
  return reading
}

/** The page, or a sentence that says what is wrong with it. */
export const parse = (text: string): Result.Result<Exposition, string> =>
  Result.try({ try: () => read(text), catch: (error) => error instanceof Problem ? error.message : String(error) })
