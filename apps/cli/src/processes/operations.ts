/** What operators ask the first process, answered for all of them. */
import { type Operation, OperationRefused, Operations } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mergedLogs } from "./logs.ts"
import type { Report } from "./messages.ts"
import type { Worker } from "./Worker.ts"
import type { Workers } from "./Workers.ts"

const decodeInput = Schema.decodeUnknownEffect(Schema.Json)

const refuse = (operation: string, reason: OperationRefused["reason"]) => ({ message }: { readonly message: string }) =>
  new OperationRefused({ operation, reason, problem: message })

const isRunning = ({ now: { state } }: Worker): boolean => state === "running"

const shown = (nowMillis: number) => (worker: Worker, restarts: number) => ({
  process: worker.process,
  pid: worker.pid,
  state: worker.now.state,
  healthy: worker.now.pulse.healthy,
  up_ms: nowMillis - worker.startedAtMillis,
  restarts,
  connections: worker.now.connections,
  away: worker.now.report?.away ?? [],
  failing: (worker.now.report?.checks ?? []).filter(({ status }) => status === "fail").map(({ name }) => name)
})

/** Predecessors that still finish their work come after those in their places. */
const processesOf = (workers: Workers) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const show = shown(now)
    const filling = workers.places.map(({ restarts, worker }) => show(worker, restarts))
    const others = workers.alive().filter((worker) => workers.places[worker.process]?.worker !== worker)
    return [...filling, ...others.map((worker) => show(worker, 0))]
  })

const status = (workers: Workers) => (inner: Operation.Operation): Operation.Operation => ({
  ...inner,
  run: (input, options) =>
    Effect.flatMap(
      inner.run(input, options),
      (answer) =>
        Effect.map(
          processesOf(workers),
          (processes) => ({ ...Object(answer), processes, restart: { ...workers.roll() } })
        )
    )
})

type Input = Effect.Success<ReturnType<typeof decodeInput>>

/** Asks all that run; what one of them refuses is refused. */
const askAll = (workers: Workers, name: string, input: Input, dryRun: boolean) =>
  Effect.forEach(
    workers.alive().filter(isRunning),
    (worker) => Effect.map(worker.ask(name, input, dryRun), (answer) => [String(worker.process), answer] as const),
    {
      concurrency: "unbounded"
    }
  )

/** Done here and in every process; the answer is the one from here. */
const everywhere = (workers: Workers) => (inner: Operation.Operation): Operation.Operation => ({
  ...inner,
  run: Effect.fnUntraced(function*(given, options) {
    const input = yield* Effect.mapError(decodeInput(given), refuse(inner.name, "invalid_input"))
    const answers = yield* askAll(workers, inner.name, input, options.dryRun)
    const own = yield* Effect.exit(inner.run(given, options))
    // A plugin that runs in the processes only is unknown here.
    return own._tag === "Success" ? own.value : answers[0]?.[1] ?? (yield* own)
  })
})

/** What only the processes know: one answer for each. */
const forwarded = (
  workers: Workers,
  { description, kind, name }: Report["operations"][number]
): Operation.Operation => ({
  name,
  description: `${description} In each process.`,
  kind,
  run: Effect.fnUntraced(function*(given, { dryRun }) {
    const input = yield* Effect.mapError(decodeInput(given), refuse(name, "invalid_input"))
    return { processes: Object.fromEntries(yield* askAll(workers, name, input, dryRun)) }
  })
})

const restart = (workers: Workers): Operation.Operation => ({
  name: "restart-processes",
  description:
    "Replaces the processes one after the other: each successor serves before its predecessor is told to stop.",
  kind: "write",
  run: (_, { dryRun }) =>
    Effect.flatMap(dryRun ? Effect.succeed(true) : workers.restartAll, (begun) =>
      begun
        ? Effect.succeed({ processes: workers.places.map(({ process, worker: { pid } }) => ({ process, pid })) })
        : Effect.fail(
          new OperationRefused({
            operation: "restart-processes",
            reason: "conflict",
            problem: "the processes are being replaced already, or the app is stopping"
          })
        ))
})

/** `known`: the operations of the processes. */
export const register = Effect.fnUntraced(
  function*(workers: Workers, known: Report["operations"]) {
    const operations = yield* Operations
    yield* operations.register(restart(workers))
    yield* operations.wrap("status", status(workers))
    yield* operations.wrap("log-level", everywhere(workers))
    yield* operations.wrap("logs", mergedLogs(workers))
    const own = yield* operations.all
    for (const operation of known.filter(({ name }) => !own.has(name))) {
      yield* operations.register(forwarded(workers, operation))
    }
  }
)
