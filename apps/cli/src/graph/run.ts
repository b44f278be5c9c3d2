/** Draws a checked composition. */
import { Plan, PluginGraph } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { checked } from "../composition/checked.ts"
import { compose, type Target } from "../composition/compose.ts"

interface Input extends Target {
  readonly format: "mermaid" | "dot" | "json"
  readonly json: boolean
}

const data = (checked: Plan.Checked): string => {
  const { edges, plugins } = Plan.make(checked)
  const nodes = plugins.map(({ ambient, name, package: from, version, wave }) => ({
    name,
    package: from,
    version,
    wave,
    ambient
  }))
  return JSON.stringify({ nodes, edges }, null, 2)
}

const draw = { mermaid: PluginGraph.toMermaid, dot: PluginGraph.toDot, json: data } as const

export const run = Effect.fnUntraced(function*({ format, json, ...target }: Input) {
  const found = yield* checked(yield* compose("graph", target))
  yield* Console.log(draw[json ? "json" : format](found).trim())
})
