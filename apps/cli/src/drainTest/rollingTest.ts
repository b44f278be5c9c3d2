/**
 * A rolling restart under load: two instances behind a balancer; one after the other is told to stop, is awaited, and is
 * started again, while clients who know nothing of it keep coming.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { start as startBalancer } from "./Balancing.ts"
import * as Instance from "./Instance.ts"
import * as Ledger from "./ledger.ts"
import { start as startLoad } from "./Loading.ts"
import type { LoadPlan, Outcome } from "./messages.ts"
import type { Plan } from "./plan.ts"
import * as Ports from "./ports.ts"
import type { Report, Round } from "./Report.ts"
import { direct, inRotation, roll } from "./rolling.ts"

const names = ["a", "b"] as const

const makeInstances = Effect.fnUntraced(function*(plan: Plan) {
  const ports = yield* Ports.free(names.length * 3)
  return yield* Effect.forEach(names, (name, index) => {
    const [http = 0, health = 0, metrics = 0] = ports.slice(index * 3)
    return Instance.make(name, { http, health, metrics }, plan)
  })
})

const loadPlan = (plan: Plan, url: string): LoadPlan => ({
  url,
  rps: plan.rps,
  seconds: Duration.toSeconds(plan.duration),
  // Orders to read.
  fill: plan.path === undefined ? 40 : 0,
  orders: plan.queueFull ? 3 : 1,
  path: plan.path,
  token: Redacted.value(plan.token),
  patienceMillis: Duration.toMillis(plan.timeout),
  shared: plan.shared
})

const checkOrders = Effect.fnUntraced(function*(
  instances: ReadonlyArray<Instance.Instance>,
  placed: Outcome["placed"],
  plan: Plan
) {
  const { shared } = plan
  const lost = yield* Effect.forEach(instances, (instance, index) => {
    const mine = shared ? (index === 0 ? placed : []) : placed.filter((order) => order.instance === instance.name)
    const client = direct(instance, plan)
    return Effect.ensuring(Ledger.check(client, mine), Effect.sync(client.close))
  }, { concurrency: "unbounded" })
  return lost.flat()
})

const problemsOf = (rounds: ReadonlyArray<Round>, { path, queueFull }: Plan): ReadonlyArray<string> =>
  rounds.flatMap(({ exit_code, instance, jobs_waiting, lame_duck_ms }) => [
    ...(exit_code === 0 ? [] : [`Instance ${instance} ended with ${exit_code} instead of 0`]),
    ...(lame_duck_ms === null ? [`The log of ${instance} does not tell its steps`] : []),
    ...(queueFull && path === undefined && (jobs_waiting ?? 0) === 0
      ? [`No job waited in ${instance} when its signal came, so nothing was proved`]
      : [])
  ])

const lastStop = Effect.fnUntraced(function*(instance: Instance.Instance) {
  const { end } = yield* instance.drain
  return end.code === 0 ? [] : [`Instance ${instance.name} ended with ${end.code} instead of 0 in the end`]
})

/** Runs it all; the scope holds processes that are ended with it. */
export const run = Effect.fnUntraced(function*(plan: Plan) {
  const instances = yield* makeInstances(plan)
  const balancing = yield* startBalancer(instances.map(({ upstream }) => upstream))
  yield* plan.tell("starting two instances")
  yield* Effect.forEach(
    instances,
    (instance) => Effect.andThen(instance.start, inRotation(instance, balancing, plan)),
    {
      concurrency: "unbounded",
      discard: true
    }
  )
  const load = yield* startLoad(loadPlan(plan, balancing.url))
  const startedAt = yield* load.startedAt
  yield* plan.tell(`both are ready, ${plan.rps} requests a second for ${Duration.format(plan.duration)}`)
  const rolling = yield* Effect.forkScoped(roll(instances, { plan, balancing, startedAt }))
  const outcome = yield* load.outcome
  const rounds = yield* Fiber.join(rolling)
  const backlogs = rounds.map(({ backlog }) => backlog)
  const placed = [...outcome.placed, ...backlogs.flatMap((backlog) => backlog.placed)]
  const notPlaced = backlogs.flatMap(({ failed }) => failed)
  const lost = [...notPlaced, ...(yield* checkOrders(instances, placed, plan))]
  const left = yield* Effect.forEach(instances, lastStop, { concurrency: "unbounded" })
  const phases = rounds.map(({ told }) => told)
  const report: Report = {
    sent: outcome.sent + backlogs.reduce((sum, { sent }) => sum + sent, 0),
    failed: outcome.failed + lost.length,
    cut: rounds.reduce((sum, { cut }) => sum + cut, 0),
    phases,
    kinds: outcome.kinds,
    examples: [...outcome.examples, ...lost.slice(0, 20)],
    connections: outcome.connections,
    latency: outcome.latency,
    orders: { accepted: placed.length, fulfilled: placed.length - (lost.length - notPlaced.length) },
    problems: [...problemsOf(phases, plan), ...left.flat()]
  }
  return {
    report,
    logs: yield* Effect.forEach(instances, ({ name, tail }) => Effect.map(tail, (lines) => ({ name, lines })))
  }
})
