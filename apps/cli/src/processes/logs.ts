/** The operation `logs` over all processes: their records in the order of time, and one number to go on from. */
import type { Operation } from "@heptad/kernel"
import { OperationRefused } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import type { Worker } from "./Worker.ts"
import type { Workers } from "./Workers.ts"

const Record = Schema.Record(Schema.String, Schema.Json)
const Page = Schema.Struct({ records: Schema.Array(Record), next: Schema.Finite, missed: Schema.Finite })
type Page = typeof Page.Type

const Input = Schema.Record(Schema.String, Schema.Json)

/** Where each process stands; the first process is 0, the others have their id. */
type Position = ReadonlyMap<number, number>

/** Followers that may read at once, each with a page more than it needs. */
const kept = 1000

const decodePage = Schema.decodeUnknownEffect(Page)
const decodeInput = Schema.decodeUnknownEffect(Input)

const refused = ({ message }: { readonly message: string }) =>
  new OperationRefused({ operation: "logs", reason: "invalid_input", problem: message })

const timeOf = ({ "@timestamp": time }: typeof Record.Type): string => typeof time === "string" ? time : ""

const inTime = Order.mapInput(Order.String, timeOf)

type Ask = (input: typeof Input.Type) => Effect.Effect<Schema.Json, OperationRefused>

const askWorker = (worker: Worker): readonly [number, Ask] => [
  worker.id,
  (input) => worker.ask("logs", input, false)
]

/** A process that ends while it is asked has nothing more to say. */
const nothing = (after: number | undefined): Page => ({ records: [], next: after ?? 0, missed: 0 })

export const mergedLogs = (workers: Workers) => (inner: Operation.Operation): Operation.Operation => {
  const positions = new Map<number, Position>()
  let pages = 0

  const keep = (position: Position): number => {
    positions.set(++pages, position)
    positions.delete(pages - kept)
    return pages
  }

  const pageOf = Effect.fnUntraced(
    function*(ask: Ask, input: typeof Input.Type, after: number | undefined) {
      return yield* decodePage(yield* ask(after === undefined ? input : { ...input, after }))
    },
    (effect, _, __, after) => Effect.orElseSucceed(effect, () => nothing(after))
  )

  return {
    ...inner,
    run: Effect.fnUntraced(function*(given, options) {
      // What is wrong with the input is told by the logger itself.
      const own = yield* inner.run(given, options)
      const { after, ...input } = yield* Effect.mapError(decodeInput(given), refused)
      const from = typeof after === "number" ? positions.get(after) : undefined
      const asks: ReadonlyArray<readonly [number, Ask]> = [
        [0, from === undefined ? () => Effect.succeed(own) : (input) => inner.run(input, options)],
        ...workers.alive().filter(({ now }) => now.report !== undefined).map(askWorker)
      ]
      const answers = yield* Effect.forEach(
        asks,
        ([id, ask]) => Effect.map(pageOf(ask, input, from?.get(id)), (page) => [id, page] as const),
        { concurrency: "unbounded" }
      )
      const all = answers.flatMap(([, page]) => page.records).toSorted(inTime)
      const limit = typeof input["limit"] === "number" ? input["limit"] : 100
      return {
        // Whoever follows gets all; whoever begins, the newest.
        records: from === undefined ? all.slice(-limit) : all,
        next: keep(new Map(answers.map(([id, { next }]) => [id, next]))),
        missed: from === undefined ? 0 : answers.reduce((sum, [, { missed }]) => sum + missed, 0)
      }
    })
  }
}
