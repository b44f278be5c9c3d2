/**
 * Everything that a change must pass, one step after the other: `npm run verify`. A step is an npm script of the root and can
 * be run alone. All steps run even when one fails; the end says which failed and how to repeat them.
 *
 *     npm run verify -- --without test    everything but these steps (repeatable)
 */
import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"
import { root } from "./workspaces.ts"

/** In this order: what answers fastest first; `packages` needs what `build` and `pack` write. */
const steps = [
  ["types", "tsc and the diagnostics of Effect"],
  ["lint", "oxlint, with types"],
  ["format", "dprint"],
  ["imports", "who may import whom"],
  ["unused", "files, exports and dependencies that nobody uses, or that nobody declared"],
  ["graph", "the plugin graph in README.md"],
  ["reference", "pages that are made from the code"],
  ["typetest", "what must and what must not compile"],
  ["test", "vitest"],
  ["build", "src to dist"],
  ["pack", "tarballs as they are published"],
  ["packages", "publint, attw, and a program that uses the tarballs"]
] as const

const { values } = parseArgs({ options: { without: { type: "string", multiple: true, default: [] } } })
const unknown = values.without.filter((name) => !steps.some(([step]) => step === name))
if (unknown.length > 0) {
  console.error(`No step ${unknown.join(", ")}. Steps: ${steps.map(([step]) => step).join(", ")}.`)
  process.exit(2)
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

const passes = ([step, what]: (typeof steps)[number]): boolean => {
  const since = performance.now()
  console.log(`\n== ${step}: ${what}`)
  const { status } = spawnSync("npm", ["run", "--silent", step], { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  console.log(`== ${step}: ${status === 0 ? "passed" : "FAILED"} in ${seconds(since)}`)
  return status === 0
}

const since = performance.now()
const chosen = steps.filter(([step]) => !values.without.includes(step))
const failed = chosen.filter((step) => !passes(step))
console.log(`\nverify: ${chosen.length - failed.length} of ${chosen.length} steps passed in ${seconds(since)}`)
for (const [step] of failed) console.error(`failed: ${step}. Repeat it with: npm run ${step}`)
process.exitCode = failed.length === 0 ? 0 : 1
