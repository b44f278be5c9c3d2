/** `heptad restore <file>`: a database out of a backup, by pg_restore. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { flags } from "./database/flags.ts"
import { json, loaded, toggle } from "./verb.ts"

const all = {
  file: Argument.String("file").pipe(Argument.withDescription("A file of heptad backup or pg_dump --format=custom")),
  ...flags,
  replace: toggle(
    "replace",
    "Drop what the backup has too before it is restored; without this the database must be empty"
  ),
  json
}

export const restore = Command.make("restore", all, loaded(() => import("./database/runRestore.ts"))).pipe(
  Command.withDescription("Fill the database from a backup, by pg_restore: all of it or nothing")
)
