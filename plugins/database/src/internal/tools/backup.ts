/** A whole database as a file, by pg_dump: one moment of it, while everybody works on. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fs from "node:fs"
import { BackupFileUnusable } from "../../errors.ts"
import type { Server } from "../PgServer.ts"
import { run } from "./program.ts"

const unusable = (file: string) => (cause: unknown) =>
  new BackupFileUnusable({
    file,
    problem: cause instanceof Error ? cause.message : String(cause),
    remedy: "Name a new file in a folder that is there and writable."
  })

/** It appears under its name when it is whole, and only its owner may read it. */
export const backup = Effect.fnUntraced(function*(server: Server, file: string) {
  const partial = `${file}.partial`
  if (Fs.existsSync(file)) return yield* unusable(file)(new Error("it is there already"))
  yield* Effect.try({ try: () => Fs.writeFileSync(partial, "", { flag: "wx", mode: 0o600 }), catch: unusable(partial) })
  yield* run("pg_dump", server, ["--format=custom", `--file=${partial}`]).pipe(
    Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : Effect.sync(() => Fs.rmSync(partial, { force: true })))
  )
  yield* Effect.try({
    try: () => {
      Fs.linkSync(partial, file)
      Fs.rmSync(partial)
    },
    catch: unusable(file)
  })
  return { bytes: Fs.statSync(file).size }
})
