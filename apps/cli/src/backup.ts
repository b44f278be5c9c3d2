/** `heptad backup <file>`: the whole database as it is at one moment, by pg_dump. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { flags } from "./database/flags.ts"
import { json, loaded } from "./verb.ts"

const file = Argument.String("file").pipe(Argument.withDescription("The file to make, in pg_dump's custom format"))

export const backup = Command.make("backup", { file, ...flags, json }, loaded(() => import("./database/runBackup.ts")))
  .pipe(
    Command.withDescription("Write the database into a file, by pg_dump, while the app works on")
  )
