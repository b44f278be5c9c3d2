/** The load's process as the test sees it: when its clock started, and what became of every request. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { HarnessFailed } from "../errors.ts"
import { fork } from "./Child.ts"
import { FromLoad, type LoadPlan, type Outcome } from "./messages.ts"

/** From the sources, or from the built package; written out, so that tools see which file is meant. */
const entry = () =>
  import.meta.url.endsWith(".ts")
    ? new URL("./loadProcess.ts", import.meta.url)
    : new URL("./loadProcess.js", import.meta.url)

const decode = Schema.decodeUnknownOption(FromLoad)

/** Filling a queue, the last answers, and a starved machine. */
const slackSeconds = 180

export const start = Effect.fnUntraced(function*(plan: LoadPlan) {
  const started = yield* Deferred.make<number, HarnessFailed>()
  const done = yield* Deferred.make<Outcome, HarnessFailed>()
  const failed = new HarnessFailed({ problem: "the process of the load ended early" })

  const receive = (message: FromLoad): void => {
    if (message._tag === "Started") Deferred.doneUnsafe(started, Effect.succeed(message.at))
    else Deferred.doneUnsafe(done, Effect.succeed(message.outcome))
  }
  const open = () => {
    const child = fork(entry())
    child.process.on("message", (raw) => Option.map(decode(raw), receive))
    child.process.send(plan)
    void child.ended.then(() => {
      Deferred.doneUnsafe(started, Effect.fail(failed))
      Deferred.doneUnsafe(done, Effect.fail(failed))
    })
    return child
  }

  yield* Effect.acquireRelease(Effect.sync(open), (child) => Effect.promise(() => child.stop(1000)))
  return {
    startedAt: Deferred.await(started),
    outcome: Effect.timeoutOrElse(Deferred.await(done), {
      duration: `${plan.seconds + slackSeconds} seconds`,
      orElse: () => Effect.fail(new HarnessFailed({ problem: "the load did not end" }))
    })
  } as const
})
