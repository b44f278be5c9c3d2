/** `heptad config ...`: the settings of files and environment, and those of the running app. */
import * as Command from "effect/cli/Command"
import { diff } from "./config/diff.ts"
import { env } from "./config/env.ts"
import { explain } from "./config/explain.ts"
import { history } from "./config/history.ts"
import { pending } from "./config/pending.ts"
import { reload } from "./config/reload.ts"
import { rollback } from "./config/rollback.ts"
import { schema } from "./config/schema.ts"
import { show } from "./config/show.ts"

/** In the order of the help page. */
const verbs = [show, explain, schema, env, diff, history, pending, reload, rollback] as const

export const config = Command.make("config").pipe(
  Command.withDescription("Show and explain the settings; reload and roll back those of the running app"),
  Command.withSubcommands(verbs)
)
