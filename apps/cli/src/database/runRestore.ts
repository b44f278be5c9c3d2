/** Restores a backup. */
import { DatabaseTools } from "@heptad/database/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { compose, connect } from "./connection.ts"
import type { Given } from "./flags.ts"
import * as talk from "./talk.ts"

interface Input extends Given {
  readonly file: string
  readonly replace: boolean
  readonly json: boolean
}

export const run = Effect.fnUntraced(
  function*({ file, json, replace, ...given }: Input) {
    const server = yield* connect(yield* compose(given, false))
    yield* DatabaseTools.restore(server, file, replace)
    const { database } = server.target
    yield* Console.log(json ? JSON.stringify({ database, file }) : `${database} is restored from ${file}.`)
  },
  Effect.scoped,
  Effect.provide(talk.layer)
)
