/** What happens to the first process and is meant for all: new settings, SIGHUP. */
import { hangups } from "@heptad/common"
import { Lifecycle } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Begin } from "./messages.ts"
import type { Worker } from "./Worker.ts"
import type { Workers } from "./Workers.ts"

type TreeOf = (process: number) => Effect.Effect<Begin["tree"]>

const tell = Effect.fnUntraced(function*(worker: Worker, treeOf: TreeOf, reason: string) {
  worker.say({ _tag: "SettingsChanged", tree: yield* treeOf(worker.process), reason })
})

/** Files are opened anew where they are open. A process that is starting opens them now, and would die of the signal. */
const hangUp = ({ alive }: Workers) =>
  Effect.sync(() => {
    for (const { now, pid } of alive()) if (now.state !== "starting") process.kill(pid, "SIGHUP")
  })

export const passOn = Effect.fnUntraced(function*(workers: Workers, treeOf: TreeOf) {
  const { events } = yield* Lifecycle
  const settings = Stream.runForEach(events, (event) =>
    event._tag === "SettingsChanged"
      ? Effect.forEach(workers.alive(), (worker) => tell(worker, treeOf, `version ${event.version}`), { discard: true })
      : Effect.void)
  yield* Effect.forkScoped(settings)
  yield* Effect.forkScoped(Stream.runForEach(hangups, () => hangUp(workers)))
})
