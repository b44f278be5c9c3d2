/**
 * Jobs that wait when a signal comes: orders placed at the instance itself just before it, faster than its workers make
 * invoices. A backlog from before the load would be worked off on a fast machine.
 */
import * as Effect from "effect/Effect"
import type { Client } from "./client.ts"
import type { Placed } from "./messages.ts"
import * as Shop from "./shop.ts"

const orders = 300
const clients = 16

/** Apart from the numbers of the load and of its filling, so that no two orders are alike. */
const firstNumber = 2_000_000

/** What was placed, and what went wrong with the others, one line each. */
export interface Backlog {
  readonly sent: number
  readonly placed: ReadonlyArray<Placed>
  readonly failed: ReadonlyArray<string>
}

export const none: Backlog = { sent: 0, placed: [], failed: [] }

export const raise = Effect.fnUntraced(function*(client: Client, instance: string) {
  const placed: Array<Placed> = []
  const failed: Array<string> = []
  const exchangeOf = Shop.make({ path: undefined, shared: false }, placed)
  const place = Effect.fnUntraced(function*(index: number) {
    const { call, judge } = exchangeOf("place", index, false)
    const reply = yield* Effect.promise(() => client.send(call))
    const problem = "lost" in reply ? reply.lost : judge(reply)
    if (problem !== undefined) failed.push(`an order of the backlog of ${instance}: ${problem}`)
  })
  const numbers = Array.from({ length: orders }, (_, index) => firstNumber + index)
  yield* Effect.forEach(numbers, place, { concurrency: clients, discard: true })
  return { sent: orders, placed: placed.map((order) => ({ ...order, instance })), failed } satisfies Backlog
})
