/** Makes a backup and says how large it is. */
import { DatabaseTools } from "@heptad/database/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { compose, connect } from "./connection.ts"
import type { Given } from "./flags.ts"
import * as talk from "./talk.ts"

interface Input extends Given {
  readonly file: string
  readonly json: boolean
}

export const run = Effect.fnUntraced(
  function*({ file, json, ...given }: Input) {
    const server = yield* connect(yield* compose(given, false))
    const { bytes } = yield* DatabaseTools.backup(server, file)
    const { database } = server.target
    yield* Console.log(json ? JSON.stringify({ database, file, bytes }) : `${database} is in ${file} (${bytes} bytes).`)
  },
  Effect.scoped,
  Effect.provide(talk.layer)
)
