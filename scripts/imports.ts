/**
 * Runs the import rules of .dependency-cruiser.mjs over the sources and fails on a violation, or when it saw fewer modules
 * than a floor, because a tool that sees nothing finds nothing.
 *
 *     node scripts/imports.ts [--root <folder>] [--floor <modules>]
 */
import { cruise, type IReporterOutput } from "dependency-cruiser"
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { root } from "./workspaces.ts"

const { values } = parseArgs({ options: { root: { type: "string" }, floor: { type: "string" } } })
const baseDir = values.root ?? root
const floor = Number(values.floor ?? 150)

const folders = ["kernel", "plugins", "apps", "docs", "test", "bench", "scripts"].filter((name) =>
  existsSync(join(baseDir, name))
)
const options = await extractOptions(join(root, ".dependency-cruiser.mjs"))
const { output }: IReporterOutput = await cruise(folders, { ...options, baseDir }, options.enhancedResolveOptions)
if (typeof output === "string") throw new Error(`dependency-cruiser answered with text: ${output}`)

const sources = output.modules.filter(({ source }) => !source.includes("node_modules") && source.endsWith(".ts")).length
for (const { from, rule, to } of output.summary.violations) console.error(`${rule.name}: ${from} -> ${to}`)
console.log(`${sources} modules, ${output.summary.violations.length} violations`)
if (sources < floor) console.error(`Saw ${sources} modules, expected at least ${floor}: is @swc/core installed?`)
process.exitCode = sources < floor || output.summary.violations.length > 0 ? 1 : 0
