/**
 * The processes of an app: all started at once, each started again when it dies, replaced one after the other, and told
 * together to stop. A place is the number of a process; the process that fills it changes.
 */
import type { NetworkConfig } from "@heptad/network"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { ProcessesGaveUp, ProcessNotReplaced, ProcessNotStarted } from "../errors.ts"
import { notReady } from "./health.ts"
import { restarts } from "./metrics.ts"
import type { Ended, Worker } from "./Worker.ts"

/** The number of a process, and who fills it now. */
export interface Place {
  readonly process: number
  worker: Worker
  /** Ends in a row that nobody asked for. */
  failures: number
  restarts: number
}

const longestPause = Duration.seconds(30)

/** Who ran for this long had not been broken all along. */
const stableMillis = 60_000

const pauseOf = ({ restart_backoff }: Options["listen"], failures: number): Duration.Duration =>
  Duration.min(Duration.times(restart_backoff, 2 ** Math.min(failures - 1, 30)), longestPause)

export interface Options {
  readonly start: (process: number) => Effect.Effect<Worker>
  /** Is told of every process that has ended. */
  readonly onEnd: (worker: Worker) => void
  readonly listen: NetworkConfig["listen"]
  readonly budgets: Readonly<Record<"start" | "drain" | "close", Duration.Duration>>
  /** The app cannot go on. */
  readonly giveUp: (error: ProcessesGaveUp) => Effect.Effect<void>
}

/** How the last replacement of all processes went. */
export interface Roll {
  readonly state: "none" | "running" | "done" | "failed"
  readonly problem?: string
}

export type Workers = Effect.Success<ReturnType<typeof make>>

export const make = Effect.fnUntraced(function*({ budgets, giveUp, listen, onEnd, start }: Options) {
  const places: Array<Place> = []
  const alive = new Set<Worker>()
  let roll: Roll = { state: "none" }
  const run = yield* FiberSet.makeRuntime<never>()
  let stopping = false

  /** Waits for the first of the two. */
  const started = (worker: Worker): Effect.Effect<Ended | undefined> =>
    Effect.raceFirst(Effect.as(worker.running, undefined), worker.ended)

  const again: (place: Place, worker: Worker, ended: Ended) => Effect.Effect<void> = Effect.fnUntraced(
    function*(place, worker, { how }) {
      const livedMillis = (yield* Clock.currentTimeMillis) - worker.startedAtMillis
      place.failures = livedMillis > stableMillis ? 1 : place.failures + 1
      const { process } = place
      if (place.failures > listen.max_restarts) {
        return yield* giveUp(new ProcessesGaveUp({ process, how, restarts: place.failures - 1 }))
      }
      const pause = pauseOf(listen, place.failures)
      yield* Effect.logError(
        `process ${process} (pid ${worker.pid}) ended with ${how}; it is started again in ${Duration.format(pause)}`
      )
      yield* Effect.sleep(pause)
      if (stopping || place.worker !== worker) return
      place.restarts++
      yield* Metric.update(Metric.withAttributes(restarts, { reason: "ended" }), 1)
      place.worker = yield* launch(place.process)
      if ((yield* started(place.worker)) === undefined) {
        yield* Effect.logInfo(`process ${process} runs again (pid ${place.worker.pid})`)
      }
    }
  )

  /** Follows a process to its end, and starts its successor when nobody had asked for that end. */
  const follow = Effect.fnUntraced(function*(worker: Worker) {
    const ended = yield* worker.ended
    alive.delete(worker)
    onEnd(worker)
    const place = places[worker.process]
    if (stopping || place?.worker !== worker) return
    yield* again(place, worker, ended)
  })

  const launch = (process: number): Effect.Effect<Worker> =>
    Effect.tap(start(process), (worker) =>
      Effect.sync(() => {
        alive.add(worker)
        run(follow(worker))
      }))

  /** Told to drain, it has the time of all its steps. */
  const retire = Effect.fnUntraced(function*(worker: Worker, reason: string) {
    worker.now.state = "draining"
    worker.say({ _tag: "Drain", reason })
    yield* worker.ended.pipe(
      Effect.timeoutOrElse({
        duration: Duration.sum(budgets.drain, budgets.close),
        orElse: () =>
          Effect.logError(`process ${worker.process} (pid ${worker.pid}) did not end in time and was killed`).pipe(
            Effect.andThen(worker.kill),
            Effect.andThen(worker.ended)
          )
      })
    )
  })

  const startAll = Effect.fnUntraced(function*(processes: ReadonlyArray<number>) {
    yield* Effect.forEach(processes, (process) =>
      Effect.gen(function*() {
        const worker = yield* start(process)
        alive.add(worker)
        const ended = yield* started(worker)
        if (ended !== undefined) {
          alive.delete(worker)
          return yield* new ProcessNotStarted({ process, ...ended })
        }
        places[process] = { process, worker, failures: 0, restarts: 0 }
        run(follow(worker))
      }), { concurrency: "unbounded", discard: true })
  })

  /** Why it is not ready in time; undefined when it is. */
  const untilReady = (worker: Worker): Effect.Effect<string | undefined> =>
    Effect.andThen(
      worker.running,
      Effect.repeat(Effect.sync(() => notReady(worker)), {
        until: (problem) => problem === undefined,
        schedule: Schedule.spaced("50 millis")
      })
    ).pipe(
      Effect.as(undefined),
      Effect.raceFirst(Effect.map(worker.ended, ({ how }) => `it ended with ${how}`)),
      Effect.timeoutOrElse({
        duration: budgets.start,
        orElse: () => Effect.sync(() => `it was not ready in time: ${notReady(worker) ?? "it is now"}`)
      })
    )

  /** The successor runs before its predecessor is told to stop, so that there is never one process less. */
  const replace = Effect.fnUntraced(function*(place: Place) {
    const { process } = place
    const successor = yield* launch(process)
    const problem = yield* untilReady(successor)
    if (problem !== undefined) {
      yield* retire(successor, "its not being ready")
      return yield* new ProcessNotReplaced({ process, pid: place.worker.pid, problem })
    }
    const before = place.worker
    place.worker = successor
    place.restarts++
    yield* Metric.update(Metric.withAttributes(restarts, { reason: "asked" }), 1)
    place.failures = 0
    yield* Effect.logInfo(`process ${process}: pid ${successor.pid} follows pid ${before.pid}`)
    yield* retire(before, "its successor")
  })

  /** Whether it has begun: one at a time, and none once the app stops. */
  const restartAll = Effect.sync(() => {
    if (stopping || roll.state === "running") return false
    roll = { state: "running" }
    run(
      Effect.forEach(places, (place) => Effect.suspend(() => stopping ? Effect.void : replace(place)), {
        discard: true
      }).pipe(
        Effect.matchEffect({
          onSuccess: () => {
            roll = { state: "done" }
            return Effect.logInfo("all processes were replaced")
          },
          onFailure: ({ message }) => {
            roll = { state: "failed", problem: message }
            return Effect.logError(message)
          }
        })
      )
    )
    return true
  })

  /** No successor is started any more. */
  const tellDrain = (reason: string) =>
    Effect.sync(() => {
      stopping = true
      for (const worker of alive) {
        if (worker.now.state !== "draining") worker.say({ _tag: "Drain", reason })
        worker.now.state = "draining"
      }
    })

  /** What does not end by itself is killed; the channel closes with this process, which is the end of all in any case. */
  const stopAll = Effect.suspend(() =>
    Effect.forEach([...alive], (worker) =>
      worker.ended.pipe(
        Effect.timeoutOrElse({ duration: budgets.close, orElse: () => Effect.andThen(worker.kill, worker.ended) })
      ), { concurrency: "unbounded", discard: true })
  )
  yield* Effect.addFinalizer(() => Effect.andThen(tellDrain("the end of the app"), stopAll))

  return {
    places,
    alive: (): ReadonlyArray<Worker> => [...alive],
    startAll,
    restartAll,
    roll: () => roll,
    tellDrain,
    passed: (process: number, step: string) =>
      Effect.suspend(() =>
        Effect.forEach([...alive].filter((worker) => worker.process === process), (worker) => worker.passed(step), {
          concurrency: "unbounded",
          discard: true
        })
      )
  } as const
})
