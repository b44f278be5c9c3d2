/** One instance after the other: SIGTERM, the end of its stop, a new start, and back in rotation. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AppNotStarted } from "../errors.ts"
import * as Backlog from "./backlog.ts"
import type { Balancing } from "./Balancing.ts"
import * as Client from "./client.ts"
import type { Instance } from "./Instance.ts"
import * as Ledger from "./ledger.ts"
import type { Plan } from "./plan.ts"
import type { Round } from "./Report.ts"
import { until } from "./until.ts"

/** The first signal comes after this share of the load. */
const firstSignal = 0.25

/** A client that asks an instance itself. */
export const direct = ({ url }: Instance, plan: Plan) =>
  Client.make({ url, token: Redacted.value(plan.token), patienceMillis: Duration.toMillis(plan.timeout) })

/** Waits until the balancer sends it requests. */
export const inRotation = Effect.fnUntraced(
  function*(instance: Instance, balancing: Balancing, { startPatience }: Plan) {
    const look = Effect.gen(function*() {
      if (balancing.isIn(instance.name)) return true
      const ended = yield* instance.ended
      if (ended === undefined) return undefined
      const problem = `it ended with ${ended.code}\n\n${ended.lines.join("\n")}`
      return yield* new AppNotStarted({ instance: instance.name, problem })
    })
    const late = () =>
      Effect.fail(
        new AppNotStarted({ instance: instance.name, problem: `not ready within ${Duration.format(startPatience)}` })
      )
    return yield* Effect.catchTag(until(look, startPatience), "TimeoutError", late)
  }
)

interface Stage {
  readonly plan: Plan
  readonly balancing: Balancing
  readonly startedAt: number
}

/** SIGTERM, the end, a new start, back in rotation. */
const round = Effect.fnUntraced(function*(instance: Instance, { balancing, plan, startedAt }: Stage) {
  const { name } = instance
  const client = direct(instance, plan)
  const fills = plan.queueFull && plan.path === undefined
  const backlog = fills ? yield* Backlog.raise(client, name) : Backlog.none
  const jobs_waiting = fills ? yield* Ledger.waiting(client) : null
  client.close()
  yield* plan.tell(`SIGTERM to ${name}`)
  const { end, signalAt, stop } = yield* instance.drain
  yield* plan.tell(
    `${name} ended with ${end.code} after ${((end.at - signalAt) / 1000).toFixed(2)} s, starting it again`
  )
  yield* instance.start
  yield* inRotation(instance, balancing, plan)
  yield* plan.tell(`${name} is back in rotation`)
  const since = (at: number | undefined) => at === undefined ? null : at - signalAt
  const { accept = null, close = null, jobs = null, lame_duck = null, requests = null } = stop.steps
  const told: Round = {
    instance: name,
    signal_at_ms: signalAt - startedAt,
    out_of_rotation_ms: since(balancing.changedAt(name, false, signalAt)),
    lame_duck_ms: lame_duck,
    accept_ms: accept,
    requests_ms: requests,
    jobs_ms: jobs,
    close_ms: close,
    exit_ms: end.at - signalAt,
    exit_code: end.code,
    back_in_rotation_ms: since(balancing.changedAt(name, true, end.at)),
    jobs_waiting,
    cut: stop.cut
  }
  return { told, cut: stop.cutCount, backlog }
})

/** The second instance only when its drain, as long as the first one, still meets the load. */
export const roll = Effect.fnUntraced(function*(instances: ReadonlyArray<Instance>, stage: Stage) {
  const loadMillis = Duration.toMillis(stage.plan.duration)
  yield* Effect.sleep(loadMillis * firstSignal)
  const rounds: Array<Effect.Success<ReturnType<typeof round>>> = []
  for (const instance of instances) {
    const left = stage.startedAt + loadMillis - (yield* Clock.currentTimeMillis)
    if (left < (rounds[0]?.told.exit_ms ?? 0) + 500 && rounds.length > 0) break
    rounds.push(yield* round(instance, stage))
  }
  return rounds
})
