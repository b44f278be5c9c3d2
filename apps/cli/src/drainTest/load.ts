/**
 * The load: an open model. Every request has its time in advance and is sent then, whatever became of the ones before, as
 * clients do that know nothing of each other. A server that stalls therefore meets all who came meanwhile.
 */
import { setTimeout as delay } from "node:timers/promises"
import * as Client from "./client.ts"
import type { LoadPlan, Outcome } from "./messages.ts"
import { dueMillis, isFresh, type Kind, kindOf } from "./mix.ts"
import * as Shop from "./shop.ts"
import * as Tally from "./tally.ts"

/** Clients that fill the queue at the same time. */
const fillers = 16

export const make = (plan: LoadPlan) => {
  const client = Client.make(plan)
  const tally = Tally.make()
  const exchangeOf = Shop.make(plan, tally.placed)
  let started = performance.now()

  const ask = async (kind: Kind, index: number, dueAt: number): Promise<void> => {
    const { call, judge } = exchangeOf(kind, index, isFresh(index))
    const sentAt = performance.now()
    tally.sent(call.fresh, sentAt - dueAt)
    const reply = await client.send(call)
    const problem = "lost" in reply ? reply.lost : judge(reply)
    if (problem === undefined) return tally.answered(performance.now() - dueAt)
    const at = ((sentAt - started) / 1000).toFixed(2)
    const after = ((performance.now() - sentAt) / 1000).toFixed(2)
    const answer = "lost" in reply
      ? ""
      : ` from ${reply.instance || "the balancer"}: ${reply.body.slice(0, 200).trim()}`
    tally.failed(problem, `at ${at} s, after ${after} s, ${call.method} ${call.path}: ${problem}${answer}`)
  }

  /** Before the clock: orders to read later, and the backlog of the queue. */
  const fill = async (): Promise<void> => {
    let next = 0
    const filler = async () => {
      while (next < plan.fill) await ask("place", 1_000_000 + next++, performance.now())
    }
    await Promise.all(Array.from({ length: fillers }, filler))
  }

  const run = async (): Promise<void> => {
    const asked: Array<Promise<void>> = []
    const total = Math.round(plan.rps * plan.seconds)
    started = performance.now()
    for (let index = 0; index < total; index++) {
      const dueAt = started + dueMillis(index, plan.rps)
      if (dueAt > performance.now()) await delay(dueAt - performance.now())
      asked.push(ask(kindOf(index, plan.orders), index, dueAt))
    }
    await Promise.all(asked)
    client.close()
  }

  return { fill, run, outcome: (): Outcome => tally.outcome() }
}
