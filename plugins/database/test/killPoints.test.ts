/**
 * Cuts the connection at the n-th message, for growing n and in both directions in turn, under a mixed load; after each cut nothing
 * is left over and every acknowledged write is there. Short in the suite; `npm run test:killpoints` makes 10,000 of it.
 */
import { assert, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { once } from "./fixtures/cutter.ts"
import { type CutWay, onCutWay, settled } from "./fixtures/cutWay.ts"
import { type Ledger, ledger, round, table } from "./killPoints/load.ts"

const points = Number(process.env["HEPTAD_KILL_POINTS"] ?? 80)

const size = 3

/** Nothing of the load waits longer than its own deadlines. */
const patience = Duration.seconds(30)

const directions = ["to server", "to client"] as const

const step = 12

/** Looks past the cutter which of the ids of a round are there. */
const compared = Effect.fnUntraced(function*({ beside }: CutWay, book: Ledger, first: number) {
  const rows = yield* beside(`SELECT id FROM writes WHERE id >= ${first} AND id < ${first + step}`)
  const there = new Set(rows.map(({ id }) => Number(id)))
  for (let id = first; id < first + step; id++) {
    if (book.kept.has(id) && !there.has(id)) book.wrong.push(`write ${id} was acknowledged and is lost`)
    if (book.refused.has(id) && there.has(id)) book.wrong.push(`write ${id} was refused and is there`)
  }
})

const loop = Effect.fnUntraced(function*(way: CutWay, book: Ledger, cuts: number) {
  yield* table
  let [n, turn, rounds] = [1, 0, 0]
  while (way.cutter.cuts() < cuts && book.wrong.length === 0) {
    const [first, before] = [++rounds * step, way.cutter.cuts()]
    way.cutter.cutWhere(once(directions[turn % 2] ?? "to server", n))
    yield* Effect.timeoutOrElse(round(book, first), {
      duration: patience,
      orElse: () => Effect.sync(() => void book.wrong.push(`hangs at message ${n} ${directions[turn % 2]}`))
    })
    way.cutter.cutWhere(() => false)
    yield* settled(way, size)
    yield* compared(way, book, first)
    n++
    if (way.cutter.cuts() === before) [n, turn] = [1, turn + 1]
  }
  return rounds
})

for (const multiplex of [false, true]) {
  const cuts = points / 2
  it.live(
    `${cuts} cuts under a mixed load${multiplex ? " on shared sessions" : ""}: no orphan, no wrong answer, no hang`,
    () =>
      onCutWay((way) =>
        Effect.gen(function*() {
          const book = ledger()
          const rounds = yield* loop(way, book, cuts)
          yield* Console.log(
            `cuts ${way.cutter.cuts()}, rounds ${rounds}, acknowledged ${book.kept.size}, refused ${book.refused.size}, ` +
              `open ${book.open.size}, failed operations ${book.failures}, wrong ${book.wrong.length}`
          )
          assert.deepStrictEqual(book.wrong, [])
          assert.isAbove(book.open.size, 0)
        }), { size, multiplex, execution: { initial_backoff: "1ms", max_backoff: "10ms" } }),
    cuts * 1000 + 20_000
  )
}
