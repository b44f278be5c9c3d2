/** What happened from the first plugin to the last, for whoever compares it with the plan or looks for a slow start or stop. */
import type { Lifecycle } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"

/** To be run when the app has stopped: its events are all there then. */
export const write = Effect.fnUntraced(function*(file: string, { events, plugins, stopping }: Lifecycle["Service"]) {
  const { writeFileString } = yield* FileSystem.FileSystem
  const record = {
    plugins: yield* plugins,
    stopping: yield* stopping,
    events: yield* Stream.runCollect(events)
  }
  yield* writeFileString(file, `${JSON.stringify(record, null, 2)}\n`)
})
