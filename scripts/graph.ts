/**
 * Writes the graph of the monolith's plugins into README.md, drawn by the kernel from the plugins themselves.
 *
 *     node --conditions=source scripts/graph.ts [--check]    --check changes nothing and fails when the README is stale
 */
import { PluginGraph } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Result from "effect/Result"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./workspaces.ts"

const readme = join(root, "README.md")
const [begin, end] = ["<!-- plugin graph: npm run graph:fix -->", "<!-- end of plugin graph -->"]

const graph = Result.getOrThrowWith(
  PluginGraph.make(plugins),
  (faults) => new Error(faults.map((fault) => fault.message).join("\n"))
)

const old = readFileSync(readme, "utf8")
const [before, rest] = old.split(begin)
const after = rest?.split(end)[1]
if (before === undefined || after === undefined) throw new Error(`README.md has no "${begin}" ... "${end}"`)

const drawn = `${before}${begin}\n\n\`\`\`mermaid\n${PluginGraph.toMermaid(graph).trim()}\n\`\`\`\n\n${end}${after}`
const stale = drawn !== old
if (!process.argv.includes("--check")) writeFileSync(readme, drawn)
else if (stale) console.error("The plugin graph in README.md is stale. Run: npm run graph:fix")
process.exitCode = stale && process.argv.includes("--check") ? 1 : 0
