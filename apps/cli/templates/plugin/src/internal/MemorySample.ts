/** Keeps the entries in the memory of the process. An adapter for another technology stands beside it, named after that. */
import { Operation, Operations, type Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SampleConfig } from "../config.ts"
import { SampleFull } from "../errors.ts"
import * as Metrics from "../metrics.ts"
import { Sample } from "../Sample.ts"

const report = (answer: () => Schema.Json) =>
  Operation.make({
    name: "sample-entries",
    description: "How many entries there are, and how many there may be.",
    kind: "read",
    input: Schema.Struct({}),
    run: () => Effect.sync(answer)
  })

const make = Effect.fnUntraced(function*(config: SampleConfig, live: Plugin.Live<SampleConfig>) {
  const kept = new Map<string, string>()
  let { capacity } = config
  yield* live.onChange((next) => Effect.sync(() => void (capacity = next.capacity)))

  const operations = yield* Operations
  yield* operations.register(report(() => ({ entries: kept.size, capacity })))

  const put = Effect.fn("Sample.put")(function*(name: string, value: string) {
    if (!kept.has(name) && kept.size >= capacity) {
      yield* Metric.update(Metrics.refused, 1)
      return yield* new SampleFull({ capacity })
    }
    kept.set(name, value)
    yield* Metric.update(Metrics.entries, kept.size)
  })

  return Sample.of({
    put,
    get: (name) => Effect.sync(() => Option.fromUndefinedOr(kept.get(name)))
  })
})

export const layer = (...given: Parameters<typeof make>) => Layer.effect(Sample, make(...given))
