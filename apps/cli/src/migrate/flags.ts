/** The flags of all verbs of `heptad migrate`, before or behind the verb. */
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import * as database from "../database/flags.ts"
import { json } from "../verb.ts"

export interface Given extends database.Given {
  readonly dir: Option.Option<string>
  readonly as: string
  readonly only: ReadonlyArray<string>
  readonly json: boolean
}

export const flags = {
  ...database.flags,
  dir: Flag.String("dir").pipe(
    Flag.withDescription("A folder of <number>_<name>.sql files in place of the migrations of the app's plugins"),
    Flag.optional
  ),
  as: Flag.String("as").pipe(
    Flag.withDescription("The name of the set that the folder is; default: app"),
    Flag.withDefault("app")
  ),
  only: Flag.String("only").pipe(
    Flag.withDescription("Only the migrations of this set, for example orders; repeatable"),
    Flag.atLeast(0)
  ),
  json
}
