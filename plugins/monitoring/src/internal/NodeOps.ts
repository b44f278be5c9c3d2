/** The main thread's side of the operations thread: starts it, answers its beats at once and its asks on fibers. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { Worker } from "node:worker_threads"
import { loopBlocked } from "../metrics.ts"
import type { Address } from "../Monitoring.ts"
import type { Answer, Ask, Command, FromThread, Heartbeat, Plan, ToThread } from "./ops.ts"

/** A listener of the plan, by its place in the list, that the operating system refused, with Node's code. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { listener: Schema.Int, code: Schema.String }) {
  override get message() {
    return `Listener ${this.listener} was refused: ${this.code}. Choose another address for it.`
  }
}

/** From the sources, or from the built package; written out, so that tools see which file is meant. */
const entry = () =>
  import.meta.url.endsWith(".ts")
    ? new URL("./opsThread.ts", import.meta.url)
    : new URL("./opsThread.js", import.meta.url)

/** A page of 100,000 series is about 10 MB; this keeps a fault in the thread from eating the machine. */
const resourceLimits = { maxOldGenerationSizeMb: 128 }

const unblocked = (millis: number) =>
  Effect.andThen(
    Metric.update(loopBlocked, 1),
    Effect.logWarning(
      `event loop was blocked for ${(millis / 1000).toFixed(1)} s: nothing was answered meanwhile. ` +
        `Move the computation to the thread pool.`
    )
  )

const gone = Effect.logError(
  "the operations thread ended: the health and metrics ports are closed. Restart the process."
)

/** Who answers what came through the limits of the thread. */
export interface Answers {
  readonly page: (ask: Ask) => Effect.Effect<Answer>
  readonly command: (command: Command) => Effect.Effect<Answer>
}

/** Opens every listener of the plan, or none; closes them with the scope. */
export const open = Effect.fnUntraced(function*(plan: Plan, { command, page }: Answers) {
  const run = yield* FiberSet.makeRuntime<never>()
  const listening = yield* Deferred.make<ReadonlyArray<Address>, Refused>()
  let closing = false

  const receive = (say: (message: ToThread) => void, message: FromThread) => {
    switch (message._tag) {
      case "Beat":
        return say({ _tag: "BeatAnswer" })
      case "Ask":
        return run(Effect.map(page(message), (answer) => say({ _tag: "Answered", id: message.id, answer })))
      case "Command":
        return run(Effect.map(command(message), (answer) => say({ _tag: "Commanded", id: message.id, answer })))
      case "Unblocked":
        return run(unblocked(message.millis))
      case "Listening":
        return Deferred.doneUnsafe(listening, Effect.succeed(message.addresses))
      case "Refused":
        return Deferred.doneUnsafe(listening, Effect.fail(new Refused(message)))
    }
  }

  const ended = () => {
    Deferred.doneUnsafe(listening, Effect.die(new Error("the operations thread ended before it listened")))
    run(gone)
  }

  const start = () => {
    const thread = new Worker(entry(), { name: "heptad-ops", workerData: plan, resourceLimits })
    thread.on("message", (message: FromThread) => receive((reply) => thread.postMessage(reply), message))
    thread.on("error", (error) => Deferred.doneUnsafe(listening, Effect.die(error)))
    thread.on("exit", () => closing || ended())
    return thread
  }

  const thread = yield* Effect.acquireRelease(Effect.sync(start), (thread) =>
    Effect.promise(() => {
      closing = true
      return thread.terminate()
    }))
  const say = (message: ToThread) => thread.postMessage(message)
  return {
    addresses: yield* Deferred.await(listening),
    setHeartbeat: (heartbeat: Heartbeat) => Effect.sync(() => say({ _tag: "Heartbeat", heartbeat }))
  }
})
