/** How much room there is for the data of the embedded server, told before it is none. */
import { HealthRegistry, Unhealthy } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"

/** Bytes that an ordinary account may still write. */
export const freeSpace = (folder: string): number => {
  const { bavail, bsize } = Fs.statfsSync(folder)
  return bavail * bsize
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`

const check = (folder: string, least: number): Effect.Effect<void, Unhealthy> =>
  Effect.suspend(() => {
    const free = freeSpace(folder)
    const reason =
      `the disk of ${folder} has ${mebibytes(free)} left, less than ${mebibytes(least)}: make room before ` +
      `it is full, because then nothing can be written (database.embedded.min_free_space)`
    return free >= least ? Effect.void : Effect.fail(new Unhealthy({ reason }))
  })

/** A warning of readiness, because reading goes on. */
export const watch = Effect.fnUntraced(function*(folder: string, least: number) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: "database_disk",
    kind: "readiness",
    criticality: "degrading",
    interval: Duration.seconds(10),
    timeout: Duration.seconds(2),
    run: check(folder, least)
  })
})
