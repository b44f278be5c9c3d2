/** For tests of other packages: a Monitoring without ports, and a metrics page as a map. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Exposition, type Family, parse as read, type Sample, seriesKey } from "./internal/exposition.ts"
import { Monitoring } from "./Monitoring.ts"

export type { Family, Sample }

/** Opens no port. */
export const layerMemory = Layer.succeed(Monitoring, { healthAddress: undefined, metricsAddress: undefined })

/** The page is not there, or is not valid Prometheus text. */
export class ScrapeFailed extends Schema.TaggedError<ScrapeFailed>()("ScrapeFailed", { problem: Schema.String }) {
  override get message() {
    return `The metrics page could not be read: ${this.problem}. Look at the page itself.`
  }
}

type Labels = Readonly<Record<string, string>>

export interface Scraped {
  /** By name, as its `# TYPE` line says. */
  readonly families: ReadonlyMap<string, Family>
  readonly samples: ReadonlyArray<Sample>
  /** Values by series, labels sorted by name: `http_requests_total{method="GET",status="200"}`. */
  readonly series: ReadonlyMap<string, number>
  /** The sum over every series of this name that carries these labels, whatever others it has; 0 without any. */
  readonly sum: (name: string, labels?: Labels) => number
}

const carries = (labels: Labels) => (sample: Sample) =>
  Object.entries(labels).every(([key, value]) => sample.labels[key] === value)

const toScraped = ({ families, samples }: Exposition): Scraped => ({
  families,
  samples,
  series: new Map(samples.map(({ labels, name, value }) => [seriesKey(name, labels), value])),
  sum: (name, labels = {}) =>
    samples.filter((sample) => sample.name === name && carries(labels)(sample))
      .reduce((total, { value }) => total + value, 0)
})

/** Reads Prometheus text 0.0.4 strictly: what Prometheus would refuse is an error. */
export const parse = (text: string): Effect.Effect<Scraped, ScrapeFailed> =>
  Effect.fromResult(Result.mapBoth(read(text), {
    onSuccess: toScraped,
    onFailure: (problem) => new ScrapeFailed({ problem })
  }))

const page = Effect.fnUntraced(function*(url: string) {
  const response = yield* HttpClient.get(url)
  if (response.status !== 200) return yield* new ScrapeFailed({ problem: `${url} answers ${response.status}` })
  return yield* response.text
})

/** Fetches and reads a metrics page; gives up after 10 seconds as Prometheus does. */
export const scrape = (url: string): Effect.Effect<Scraped, ScrapeFailed> =>
  page(url).pipe(
    Effect.timeout("10 seconds"),
    Effect.mapError((error) => error instanceof ScrapeFailed ? error : new ScrapeFailed({ problem: error.message })),
    Effect.flatMap(parse),
    Effect.provide(FetchHttpClient.layer)
  )
