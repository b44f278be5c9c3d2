/** `heptad config ...`: the settings, without an app that runs. */
import * as Command from "effect/cli/Command"
import { diff } from "./config/diff.ts"
import { env } from "./config/env.ts"
import { explain } from "./config/explain.ts"
import { schema } from "./config/schema.ts"
import { show } from "./config/show.ts"

/** In the order of the help page. */
const verbs = [show, explain, schema, env, diff] as const

export const config = Command.make("config").pipe(
  Command.withDescription("Show and explain the settings"),
  Command.withSubcommands(verbs)
)
