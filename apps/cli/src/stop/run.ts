/** Ends the process of an app, as a service manager would. */
import { holderIsAlive, holderOf } from "@heptad/common/plugin"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { dataDirectory } from "../control/Target.ts"
import { brief } from "../duration.ts"
import { AppNotRunning, AppNotStopped } from "../errors.ts"
import type { Given as Settled } from "../settingsFlags.ts"

interface Given extends Settled {
  readonly dryRun: boolean
  readonly timeout: Duration.Duration
  readonly force: boolean
}

type Holder = Option.Option.Value<Effect.Success<ReturnType<typeof holderOf>>>

/** The lock tells a process apart from a later one of the same pid, so nobody else is hit. */
const holderHere = Effect.fnUntraced(function*(given: Settled) {
  const directory = yield* dataDirectory(given)
  const holder = yield* holderOf(directory)
  if (Option.isNone(holder)) return yield* new AppNotRunning({ directory, problem: "no process holds it" })
  if (holder.value.here) return holder.value
  const problem = "it belongs to another container or host. Stop it there, or use heptad drain"
  return yield* new AppNotStopped({ pid: holder.value.pid, problem })
})

const terminate = ({ pid }: Holder) =>
  Effect.try({
    try: () => process.kill(pid, "SIGTERM"),
    catch: (error) => new AppNotStopped({ pid, problem: `${String(error)}. Run heptad as the user of the app` })
  })

/** Whether the process ended in this time. */
const ends = (holder: Holder, within: Duration.Duration) =>
  holderIsAlive(holder).pipe(
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), while: (alive) => alive }),
    Effect.timeoutOption(within),
    Effect.map(Option.isSome)
  )

/** A forced process ends at once; what takes longer hangs in the kernel of the machine. */
const forcedEnd = Duration.seconds(10)

const end = Effect.fnUntraced(function*(holder: Holder, { force, timeout }: Pick<Given, "force" | "timeout">) {
  yield* terminate(holder)
  if (yield* ends(holder, timeout)) return true
  if (!force) return false
  yield* Console.error(`Process ${holder.pid} still runs after ${Duration.format(timeout)}: forcing it.`)
  yield* terminate(holder)
  return yield* ends(holder, forcedEnd)
})

export const run = Effect.fnUntraced(function*({ dryRun, ...given }: Given) {
  const holder = yield* holderHere(given)
  if (dryRun) return yield* Console.log(`Would send SIGTERM to process ${holder.pid}.`)
  const startedAt = yield* Clock.currentTimeMillis
  yield* Console.error(`SIGTERM to process ${holder.pid}; waiting for its end.`)
  const ended = yield* end(holder, given)
  const millis = (yield* Clock.currentTimeMillis) - startedAt
  if (ended) return yield* Console.log(`Process ${holder.pid} ended after ${brief(millis)}.`)
  const problem = `it still runs after ${brief(millis)}. See its log and heptad status; ` +
    `--force sends a second SIGTERM, which cuts what is still at work`
  return yield* new AppNotStopped({ pid: holder.pid, problem })
})
