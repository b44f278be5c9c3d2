/** `heptad version`: what is installed here. */
import * as Command from "effect/cli/Command"
import { json, loaded } from "./verb.ts"

export const version = Command.make("version", { json }, loaded(() => import("./version/run.ts"))).pipe(
  Command.withDescription("Print the versions of the command, the kernel, the plugins, Effect and Node")
)
