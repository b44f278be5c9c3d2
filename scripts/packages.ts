/**
 * Proves that the tarballs of `npm run pack` work for somebody else: publint and attw find nothing, and in an empty project
 * plain Node imports every face, boots a kernel with a plugin, the compiler accepts the declarations, and what `heptad new`
 * writes compiles, passes its own tests and can be built.
 */
import { spawn } from "node:child_process"
import { globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { run } from "./run.ts"
import { compiled, root, type Workspace, workspaces } from "./workspaces.ts"

const staged = ({ short }: Workspace): string => join(root, ".pack", "packages", short)
const tarball = ({ manifest, short }: Workspace): string =>
  join(root, ".pack", "tarballs", `heptad-${short}-${manifest.version}.tgz`)

const lint = async (workspace: Workspace): Promise<ReadonlyArray<string>> => {
  const { messages, pkg } = await publint({ pkgDir: staged(workspace), strict: true, pack: false })
  return messages.map((message) =>
    `publint: ${workspace.manifest.name}: ${formatMessage(message, pkg, { color: false })}`
  )
}

/** One process per package, because attw has no option for several. */
const attw = (workspace: Workspace): Promise<ReadonlyArray<string>> =>
  new Promise((done) => {
    const child = spawn("attw", [
      tarball(workspace),
      "--profile",
      "esm-only",
      "--no-definitely-typed",
      "--format",
      "ascii",
      "--no-color"
    ])
    let output = ""
    child.stdout.on("data", (chunk) => (output += chunk))
    child.stderr.on("data", (chunk) => (output += chunk))
    child.on("error", (error) => done([`attw: ${error.message}`]))
    child.on("close", (code) => done(code === 0 ? [] : [`attw: ${workspace.manifest.name}:\n${output}`]))
  })

const both = async (work: ReadonlyArray<Workspace>, check: typeof attw): Promise<ReadonlyArray<string>> => {
  const queue = [...work]
  const worker = async (): Promise<ReadonlyArray<string>> => {
    const next = queue.shift()
    return next === undefined ? [] : [...await check(next), ...await worker()]
  }
  return (await Promise.all([worker(), worker()])).flat()
}

/** Third-party packages are linked from here (no network); ours are unpacked as npm would. */
const install = (project: string): void => {
  const modules = join(project, "node_modules")
  for (const workspace of workspaces) {
    const target = join(modules, workspace.manifest.name)
    mkdirSync(target, { recursive: true })
    run("tar", ["-xzf", tarball(workspace), "--strip-components=1", "-C", target])
  }
  const wanted = workspaces.flatMap(({ folder, manifest }) =>
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((name) => !name.startsWith("@heptad/"))
      .map((name) => ({ name, folder }))
  )
  const tools = ["@types/node", "@effect/vitest", "vitest"].map((name) => ({ name, folder: "." }))
  for (const { folder, name } of [...wanted, ...tools]) {
    const [from] = globSync([join(root, folder, "node_modules", name), join(root, "node_modules", name)])
    if (from === undefined) throw new Error(`${name} is not installed: run npm ci`)
    const target = join(modules, name)
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { force: true })
    symlinkSync(realpathSync(from), target)
  }
}

const faces = workspaces.flatMap(({ manifest }) =>
  Object.keys(manifest.exports)
    .filter((face) => face !== "./package.json")
    .map((face) => manifest.name + face.slice(1))
)

const program = `
import { CommonPlugin } from "@heptad/common/plugin"
import { CommonContract } from "@heptad/common"
import { Kernel, Lifecycle } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const app = Layer.provide(Kernel.layer([CommonPlugin]), settings({}))
const started = Effect.flatMap(Lifecycle, (lifecycle) => lifecycle.plugins)
const plugins = await Effect.runPromise(Effect.scoped(Effect.provide(started, app)))
if (plugins[0]?.state !== "started" || plugins[0].version !== CommonContract.version) throw new Error(JSON.stringify(plugins))
`

const compilerOptions = {
  target: "ES2024",
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  // What stands in the declarations is checked too, not only that they are found.
  skipLibCheck: false,
  types: ["node"]
}

/** A plugin and an app as their authors have them, without a word of this repository. */
const makeNew = (project: string, env: Readonly<Record<string, string>>): void => {
  const heptad = join(project, "node_modules", "@heptad", "cli", "dist", "main.js")
  run("node", [heptad, "new", "plugin", "@acme/rate-cards"], { cwd: project, env })
  run("node", [heptad, "new", "app", "shop"], { cwd: project, env })
  for (const name of ["rate-cards", "shop"]) {
    run("tsc", ["--noEmit"], { cwd: join(project, name) })
    run("vitest", ["run"], { cwd: join(project, name), env })
  }
  const plugin = join(project, "rate-cards")
  run("tsc", ["--project", "tsconfig.build.json"], { cwd: plugin })
  const program = `import { RateCardsPlugin } from "@acme/rate-cards/plugin"
if (RateCardsPlugin.name !== "rate_cards") throw new Error(RateCardsPlugin.name)`
  run("node", ["--input-type=module", "--eval", program], { cwd: plugin, env })
}

const useThem = (): void => {
  const project = mkdtempSync(join(tmpdir(), "heptad-consumer-"))
  try {
    install(project)
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(join(project, "program.ts"), program)
    writeFileSync(join(project, "faces.ts"), faces.map((face, n) => `export * as f${n} from "${face}"`).join("\n"))
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
    const env = { HEPTAD_DATA_DIR: join(project, "data"), NODE_OPTIONS: "" }
    run("node", ["faces.ts"], { cwd: project, env })
    run("node", ["program.ts"], { cwd: project, env })
    for (const { manifest } of workspaces) {
      for (const file of Object.values(manifest.bin ?? {})) {
        run("node", [join("node_modules", manifest.name, compiled(file)), "--version"], { cwd: project, env })
      }
    }
    run("tsc", ["--project", project], { cwd: project })
    makeNew(project, env)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

const faults = [...(await Promise.all(workspaces.map(lint))).flat(), ...await both(workspaces, attw)]
faults.forEach((fault) => console.error(fault))
if (faults.length === 0) useThem()
console.log(`${workspaces.length} packages, ${faces.length} faces, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
