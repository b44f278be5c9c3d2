/** `heptad config schema`: what settings files may hold, for editors. */
import * as Command from "effect/cli/Command"
import { flags } from "../settingsFlags.ts"
import { loaded } from "../verb.ts"

export const schema = Command.make("schema", flags, loaded(() => import("./runSchema.ts"))).pipe(
  Command.withDescription("Print the JSON Schema of the settings files (draft 2020-12)")
)
