/** Asks the event loops of the processes whether they turn, and kills a process whose loop does not any more. */
import type { Pace } from "@heptad/common"
import type { NetworkConfig } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { beat, isHopeless, type Pulse } from "./pings.ts"
import type { Worker } from "./Worker.ts"
import type { Workers } from "./Workers.ts"

type HealthCheck = NetworkConfig["load_balancing"]["health_check"]

const nameOf = ({ pid, process }: Worker): string => `process ${process} (pid ${pid})`

const tell = (worker: Worker, before: Pulse, { healthy }: Pulse) => {
  if (before.healthy === healthy) return Effect.void
  return healthy
    ? Effect.logInfo(`${nameOf(worker)} answers again`)
    : Effect.logWarning(`${nameOf(worker)} does not answer: it gets no connections until its event loop turns again`)
}

const ask = Effect.fnUntraced(function*(worker: Worker, settings: HealthCheck) {
  const answered = Option.isSome(yield* Effect.timeoutOption(worker.ping, settings.timeout))
  if (worker.now.state !== "running") return
  const before = worker.now.pulse
  const pulse = beat(before, answered, settings)
  worker.now.pulse = pulse
  yield* tell(worker, before, pulse)
  if (!isHopeless(pulse, settings)) return
  yield* Effect.logError(`${nameOf(worker)} is killed: it did not answer ${pulse.streak} times in a row`)
  yield* worker.kill
})

/** `pace` is the interval of the settings, which may change. */
export const watch = Effect.fnUntraced(
  function*(workers: Workers, balancing: Pick<NetworkConfig["load_balancing"], "health_check">, pace: Pace) {
    const round = Effect.suspend(() => {
      const { health_check } = balancing
      const asked = health_check.enabled ? workers.alive().filter(({ now }) => now.state === "running") : []
      return Effect.forEach(asked, (worker) => ask(worker, health_check), {
        concurrency: "unbounded",
        discard: true
      })
    })
    yield* pace.rest.pipe(Effect.andThen(round), Effect.forever, Effect.forkScoped)
  }
)
