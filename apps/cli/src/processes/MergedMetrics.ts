/**
 * The registry of the first process, which shows the series of all: whoever looks through it, as the metrics page does, sees
 * its own series merged with the latest that the others reported. Whoever updates a metric finds its own, as in any registry.
 */
import * as Context from "effect/Context"
import type * as Metric from "effect/Metric"
import type { Series } from "./messages.ts"
import { isAdditive, merge, ofSnapshot, type Part } from "./series.ts"

type Entry = Metric.MetricRegistry extends Map<string, infer E> ? E : never

const nothing = () => {}

const stateOf = ({ state, type }: Series) => type === "Frequency" ? { occurrences: new Map(state.occurrences) } : state

const entryOf = (series: Series): Entry => {
  const { attributes, description, id, type } = series
  return { id, type, description, attributes, hooks: { get: () => stateOf(series), update: nothing, modify: nothing } }
}

export class MergedMetrics extends Map<string, Entry> {
  /** By a number that no two processes share, in the order of their starts. */
  readonly #latest = new Map<number, { readonly process: string; readonly series: ReadonlyArray<Series> }>()
  /** What ended processes had counted: a counter never falls. */
  #ended: ReadonlyArray<Series> = []

  report(id: number, process: number, series: ReadonlyArray<Series>): void {
    this.#latest.set(id, { process: String(process), series })
  }

  end(id: number): void {
    const last = this.#latest.get(id)?.series ?? []
    this.#latest.delete(id)
    const parts = [...this.#ended, ...last.filter(isAdditive)].map((series) => ({ process: "ended", series }))
    this.#ended = merge(parts)
  }

  #parts(): ReadonlyArray<Part> {
    const context = Context.empty()
    const own = [...super.values()].map(({ hooks, ...rest }) => ({
      process: "supervisor",
      series: ofSnapshot({ ...rest, state: hooks.get(context) })
    }))
    const others = [...this.#latest.values()].flatMap(({ process, series }) =>
      series.map((one) => ({ process, series: one }))
    )
    return [...own, ...this.#ended.map((series) => ({ process: "ended", series })), ...others]
  }

  override values(): MapIterator<Entry> {
    return new Map(merge(this.#parts()).map((series, index) => [index, entryOf(series)])).values()
  }
}
