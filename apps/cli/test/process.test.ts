/** What only a process shows: exit codes, what stands on which stream, and packages that are found from where it runs. */
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { heptad as run } from "./heptad.ts"
import { write } from "./verbs.ts"

const repository = join(import.meta.dirname, "../../..")

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "heptad-process-"))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

const heptad = (...args: ReadonlyArray<string>) => run(args, { cwd: root })

// A process loads the command from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 60_000 })

describe("a command line that is not understood ends with 2 and says why on standard error", () => {
  it.each([
    [["start", "monolit"], `Invalid value for argument <app>: "monolit"`],
    [["check", "monolith", "--set", "thread.pool_size"], "--set thread.pool_size: there is no value"],
    [["check", "monolith", "--set", "database.password=[hidden"], "--set database.password: Flow sequence must end"],
    [["plan"], "Name an app, for example: heptad plan monolith"],
    [["graph", "monolith", "--format", "svg"], "--format"],
    [["config", "show", "--defaults", "--written"], "--defaults and --written leave nothing"],
    [["plann"], "plan"]
  ])("%j", async (args, why) => {
    const { code, err } = await heptad(...args)
    expect(err).toContain(why)
    expect(err).not.toContain("hidden")
    expect(code).toBe(2)
  })
})

it("a wrong value is a fault of the settings, told on standard output by check and on standard error by others", async () => {
  const fault = "--set thread.pool_sise: thread.pool_sise: unknown key, did you mean \"pool_size\"?"
  const checked = await heptad("check", "monolith", "--set", "thread.pool_sise=3")
  expect(checked).toEqual({ code: 78, out: `1 fault:\n\n${fault}\n`, err: "" })
  const planned = await heptad("plan", "monolith", "--set", "thread.pool_sise=3")
  expect(planned).toEqual({ code: 78, out: "", err: `1 fault:\n\n${fault}\n` })
})

describe("plugins of npm packages", () => {
  /** Published as such packages are: compiled, and with nothing but `import` in its exports. */
  const publish = (
    name: string,
    version: string,
    code: string,
    exports: unknown = { "./plugin": { import: "./plugin.js" } }
  ) =>
    write(join(root, "node_modules", name), {
      "package.json": JSON.stringify({ name, version, type: "module", exports }),
      "plugin.js": code
    })

  const billing = (port: number) => `
    import { Contract, Plugin } from "@heptad/kernel"
    import * as Layer from "effect/Layer"
    import * as Schema from "effect/Schema"
    import manifest from "./package.json" with { type: "json" }
    export const BillingPlugin = Plugin.make({
      manifest,
      contract: Contract.make({ name: "billing", manifest, services: [] }),
      requires: [],
      config: Schema.Struct({}),
      needs: () => [{ kind: "port", what: "127.0.0.1:${port}", key: "billing.port" }],
      layer: () => Layer.empty
    })
    export const unrelated = 1
  `

  const squatter = createServer()
  let port = 0

  beforeAll(async () => {
    squatter.listen(0, "127.0.0.1")
    await once(squatter, "listening")
    const address = squatter.address()
    port = typeof address === "object" && address !== null ? address.port : 0
    mkdirSync(join(root, "node_modules/@heptad"), { recursive: true })
    symlinkSync(join(repository, "kernel"), join(root, "node_modules/@heptad/kernel"))
    symlinkSync(join(repository, "node_modules/effect"), join(root, "node_modules/effect"))
    publish("@acme/billing", "1.4.0", billing(port))
    publish("broken", "1.0.0", "throw new Error('no licence')")
    publish("empty", "1.0.0", "export const plugin = {}")
    publish("faceless", "1.0.0", "", { ".": "./plugin.js" })
  })

  afterAll(() => squatter.close())

  const settings = (applications: string, allowed: string) => {
    write(root, {
      "settings.yaml": [
        "deployment:",
        "  systems: [common]",
        `  applications: ${applications}`,
        `  allowed_packages: ${allowed}`
      ].join("\n")
    })
    return ["--config", "settings.yaml"] as const
  }

  it("start when they are allowed and their version fits", async () => {
    const { code, err, out } = await heptad(
      "graph",
      ...settings(`["@acme/billing@^1.2.0"]`, `["@acme/billing"]`),
      "--json"
    )
    expect(err).toBe("")
    expect(code).toBe(0)
    expect(JSON.parse(out).nodes).toContainEqual({
      name: "billing",
      package: "@acme/billing",
      version: "1.4.0",
      wave: 0,
      ambient: false
    })
  })

  it("are told what is wrong with them, all at once", async () => {
    const names = `["@acme/billing@^2.0.0", broken@1.x, empty@1.x, faceless@1.x, absent@1.x]`
    const { code, out } = await heptad("check", ...settings(names, names.replaceAll(/@(\^2\.0\.0|1\.x)/g, "")))
    expect(code).toBe(78)
    expect(
      out.split("\n").slice(2, -1).map((line) => line.replace(/^settings.yaml:3:\d+: deployment.applications: /, ""))
    )
      .toEqual([
        `"@acme/billing" is installed as 1.4.0, which is not in ^2.0.0; run: npm install @acme/billing@"^2.0.0"`,
        `"broken/plugin" cannot be loaded: no licence`,
        `"empty/plugin" exports no plugin; it must export one value made by Plugin.make`,
        `"faceless" exports no "./plugin"; install a package that brings a plugin`,
        `"absent" is not installed here; run: npm install absent@"1.x"`
      ])
  })

  it("are not even looked for without being allowed", async () => {
    const { code, out } = await heptad("check", ...settings("[broken@1.x]", "[]"))
    expect(code).toBe(78)
    expect(out).not.toContain("licence")
    expect(out).toContain(`"broken" is not allowed`)
  })

  it("are probed like all others: a port that is taken ends with 69", async () => {
    const { code, out } = await heptad(
      ...["check", ...settings(`["@acme/billing@^1.2.0"]`, `["@acme/billing"]`)],
      ...["--probe", "--json"]
    )
    expect(JSON.parse(out).probes).toContainEqual(expect.objectContaining({
      plugin: "billing",
      what: `127.0.0.1:${port}`,
      outcome: "failed",
      problem: "EADDRINUSE"
    }))
    expect(code).toBe(69)
  })
})

it("a light verb loads no plugin", async () => {
  // What a plugin imports stands outside of what may be read here.
  const readable = ["apps/cli", "kernel", "node_modules"].map((path) => `--allow-fs-read=${join(repository, path)}/*`)
  const { out } = await run(["--version"], { node: ["--permission", ...readable] })
  expect(out).toMatch(/^heptad v\d/)
})
