/** `heptad graph [app]`: who starts before whom, and why, drawn. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { app } from "./appArgument.ts"
import { flags } from "./settingsFlags.ts"
import { json, loaded } from "./verb.ts"

const format = Flag.Literals("format", ["mermaid", "dot", "json"]).pipe(
  Flag.withDescription("mermaid for Markdown, dot for Graphviz, json for programs"),
  Flag.withDefault("mermaid")
)

export const graph = Command.make("graph", { app, ...flags, format, json }, loaded(() => import("./graph/run.ts")))
  .pipe(
    Command.withDescription("Draw the graph of the plugins")
  )
