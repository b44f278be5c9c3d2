/**
 * The stop of all processes, step by step beside that of the first one: it closes the port, then tells the others to drain,
 * and waits in each step until they have come through it.
 */
import { Lifecycle } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import type { Workers } from "./Workers.ts"

/** A process that does not come through a step in time is named as what was cut. */
export const register = Effect.fnUntraced(
  function*(workers: Workers, processes: ReadonlyArray<number>, stopAccepting: Effect.Effect<void>) {
    const { onDrain } = yield* Lifecycle
    const accepted = Effect.forEach(processes, (process) => workers.passed(process, "accept"), {
      concurrency: "unbounded",
      discard: true
    })
    yield* onDrain({
      name: "processes",
      phase: "accept",
      run: stopAccepting.pipe(Effect.andThen(workers.tellDrain("the first process")), Effect.andThen(accepted))
    })
    for (const phase of ["requests", "jobs"] as const) {
      for (const process of processes) {
        yield* onDrain({ name: `process ${process}`, phase, run: workers.passed(process, phase) })
      }
    }
  }
)
