/** `heptad config diff <before> <after>`: what differs between two settings files or directories. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { json, loaded } from "../verb.ts"

const before = Argument.String("before").pipe(Argument.withDescription("A settings file or a directory of them"))
const after = Argument.String("after").pipe(Argument.withDescription("Another one"))

export const diff = Command.make("diff", { before, after, json }, loaded(() => import("./runDiff.ts"))).pipe(
  Command.withDescription("Tell which settings differ, and whether a running app takes them over or needs a restart")
)
