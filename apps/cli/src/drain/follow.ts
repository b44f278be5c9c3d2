/** Watches an app stop: its steps by its own word, its end by its process. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Drain, Status, type Step, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Seen } from "./judge.ts"

/** Between two looks. */
const pause = "50 millis"

/** A process that stops may be slow to answer; it is asked again. */
const patience = "2 seconds"

/** The last step ends with the process. */
const closed = (steps: ReadonlyArray<Step>, millis: number): ReadonlyArray<Step> =>
  steps.map((step) =>
    step.step !== "close" || step.startedAtMillis === undefined || step.millis !== undefined
      ? step
      : { ...step, millis: Math.max(0, millis - step.startedAtMillis) }
  )

const wavesOf = ({ plugins }: Status): number => Math.max(0, ...plugins.map(({ wave }) => wave)) + 1

/** Ends when the process has, or when the time is up. Tells every step once, when it is over. */
export const follow = Effect.fnUntraced(function*(
  { budgets, isAlive, limit, tell }: {
    readonly budgets: Drain["steps"]
    readonly isAlive: Effect.Effect<boolean>
    readonly limit: number
    readonly tell: (step: Step) => Effect.Effect<void>
  }
) {
  const control = yield* Control
  const startedAt = yield* Clock.currentTimeMillis
  const told = new Set<string>()
  let steps: ReadonlyArray<Step> = budgets.map((budget) => ({ ...budget, cut: [] }))
  let waves = 1

  const tellOver = Effect.suspend(() => {
    const over = steps.filter(({ millis, step }) => millis !== undefined && !told.has(step))
    for (const { step } of over) told.add(step)
    return Effect.forEach(over, tell, { discard: true })
  })
  const look = control.read("status").pipe(
    Effect.flatMap(understand("status", Status)),
    Effect.timeoutOption(patience),
    Effect.orElseSucceed(() => Option.none<Status>())
  )

  for (;;) {
    const seen = yield* look
    if (Option.isSome(seen)) [steps, waves] = [seen.value.stopping, wavesOf(seen.value)]
    yield* tellOver
    const ended = !(yield* isAlive)
    const millis = (yield* Clock.currentTimeMillis) - startedAt
    const seenSoFar = { steps, waves, millis, ended } satisfies Seen
    if (ended) {
      // Judged by what was seen, told with what that means.
      steps = closed(steps, millis)
      yield* tellOver
    }
    if (ended || millis > limit) return seenSoFar
    yield* Effect.sleep(pause)
  }
})
