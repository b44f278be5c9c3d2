/**
 * The fence around Effect's unstable Prometheus formatter. It adds what the formatter does not know: constant labels, a
 * prefix that spares the standard names, the choice of kinds, and that no series of a page contradicts another one.
 *
 * The formatter is loaded at the first scrape: it drags the HTTP modules along, which cost a start 140 ms and 25 MiB.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { MetricKind } from "../config.ts"
import { prefixed } from "./metricNames.ts"

export interface Options {
  readonly namespace: string
  readonly subsystem: string
  readonly labels: Readonly<Record<string, string>>
  readonly types: ReadonlyArray<MetricKind>
}

export const contentType = "text/plain; version=0.0.4; charset=utf-8"

const kinds: Readonly<Record<Metric.Metric.Type, MetricKind>> = {
  Counter: "counter",
  Frequency: "counter",
  Gauge: "gauge",
  Histogram: "histogram",
  Summary: "summary"
}

/** As the formatter writes it, so that names which become equal are seen as equal. */
const familyOf = (id: string) => id.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/_+/g, "_").replace(/_$/, "")

const seriesOf = (id: string, attributes: Metric.Metric.AttributeSet) =>
  JSON.stringify([familyOf(id), Object.entries(attributes).toSorted(([a], [b]) => a < b ? -1 : 1)])

interface Page {
  readonly registry: Metric.MetricRegistry
  /** Names that two metrics use in different ways; the later one is left out. */
  readonly conflicts: ReadonlySet<string>
}

/** One family of one kind, one series of one set of labels: Prometheus refuses a whole page that breaks this. */
const select = (registry: Metric.MetricRegistry, { labels, types }: Options): Page => {
  const chosen: Metric.MetricRegistry = new Map()
  const kindOf = new Map<string, MetricKind>()
  const conflicts = new Set<string>()
  for (const metadata of registry.values()) {
    const [family, kind] = [familyOf(metadata.id), kinds[metadata.type]]
    if (!types.includes(kind)) continue
    const attributes = { ...labels, ...metadata.attributes }
    const key = seriesOf(metadata.id, attributes)
    const other = kindOf.get(family)
    if (chosen.has(key) || (other !== undefined && other !== kind)) conflicts.add(metadata.id)
    else chosen.set(key, { ...metadata, attributes })
    if (other === undefined) kindOf.set(family, kind)
  }
  return { registry: chosen, conflicts }
}

/** Says each conflict once, not at every scrape. */
const teller = () => {
  const told = new Set<string>()
  return (conflicts: ReadonlySet<string>) =>
    Effect.forEach([...conflicts].filter((name) => !told.has(name)), (name) => {
      told.add(name)
      return Effect.logWarning(
        `metric ${name} is defined twice in different ways: only the first one is served. Rename one of them.`
      )
    }, { discard: true })
}

const write = (
  optionsOf: () => Options,
  formatter: Effect.Effect<typeof import("effect/observability/PrometheusMetrics")>
) => {
  const tell = teller()
  return Effect.gen(function*() {
    const options = optionsOf()
    const { formatUnsafe } = yield* formatter
    const { conflicts, registry } = select(yield* Metric.MetricRegistry, options)
    yield* tell(conflicts)
    const context = Context.add(yield* Effect.context<never>(), Metric.MetricRegistry, registry)
    return formatUnsafe(context, { metricNameMapper: prefixed(options) })
  })
}

/** An effect that writes the page of every metric of its context's registry, with the options of that moment. */
export const make = (optionsOf: () => Options) =>
  Effect.map(
    Effect.cached(Effect.promise(() => import("effect/observability/PrometheusMetrics"))),
    (formatter) => write(optionsOf, formatter)
  )
