/**
 * What `heptad new` writes passes every check of this repository, in a throwaway copy of it. That it also stands alone, on the
 * published packages, is proved by scripts/packages.ts.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { linkThirdParty, root } from "./planted/workspace.ts"

const folder = realpathSync(mkdtempSync(join(tmpdir(), "heptad-new-")))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Copies and not links: the compiler names types by the place where their sources really are. */
const copyPackages = (): void => {
  for (const place of globSync("{kernel,plugins/*}", { cwd: root })) {
    for (const part of ["package.json", "src"]) {
      cpSync(join(root, place, part), join(folder, place, part), { recursive: true })
    }
    symlinkSync(join(folder, place), join(folder, "node_modules/@heptad", basename(place)))
  }
}

const files = {
  "package.json": JSON.stringify({ name: "heptad", type: "module", workspaces: ["kernel", "plugins/*", "apps/*"] }),
  // With the faces, because declarations must be able to name them; what is behind those is checked elsewhere.
  "tsconfig.new.json": JSON.stringify({
    extends: "./tsconfig.json",
    include: ["plugins/rate-cards", "apps/shop", "plugins/*/src/index.ts"]
  }),
  "vitest.config.ts": `import { defineConfig } from "vitest/config"
export default defineConfig({ resolve: { conditions: ["source"] }, ssr: { resolve: { conditions: ["source"] } } })
`
}

linkThirdParty(folder)
copyPackages()
for (const name of [".oxlintrc.json", "tsconfig.json", "dprint.json"]) cpSync(join(root, name), join(folder, name))
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)

const { NODE_OPTIONS: _, VITEST: __, ...inherited } = process.env
const env = { ...inherited, NO_COLOR: "1" }

/** The compiler on a machine that is busy with other tests. */
const patience = 120_000

const run = (command: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8", timeout: patience })
  return { status, stdout, stderr }
}

const tool = (name: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = run(join(root, "node_modules/.bin", name), ...args)
  return { status, output: stdout + stderr }
}

const heptad = (...args: ReadonlyArray<string>) =>
  run(process.execPath, "--conditions=source", join(root, "apps/cli/src/main.ts"), "new", ...args)

describe("heptad new", { timeout: patience }, () => {
  it("lists the files of a plugin and writes nothing with --dry-run", () => {
    const { status, stderr, stdout } = heptad("plugin", "rate-cards", "--dry-run")
    expect({ status, stderr }).toEqual({ status: 0, stderr: "\nNothing was written (--dry-run).\n" })
    expect(stdout.trimEnd().split("\n")).toEqual([
      "plugins/rate-cards/CHANGELOG.md",
      "plugins/rate-cards/README.md",
      "plugins/rate-cards/package.json",
      "plugins/rate-cards/src/RateCards.ts",
      "plugins/rate-cards/src/config.ts",
      "plugins/rate-cards/src/contract.ts",
      "plugins/rate-cards/src/errors.ts",
      "plugins/rate-cards/src/explanations.ts",
      "plugins/rate-cards/src/index.ts",
      "plugins/rate-cards/src/internal/MemoryRateCards.ts",
      "plugins/rate-cards/src/metrics.ts",
      "plugins/rate-cards/src/plugin.ts",
      "plugins/rate-cards/src/testing.ts",
      "plugins/rate-cards/test/RateCards.test.ts"
    ])
    expect(existsSync(join(folder, "plugins/rate-cards"))).toBe(false)
  })

  it("writes a plugin and says how to go on", () => {
    const { status, stderr, stdout } = heptad("plugin", "rate-cards")
    expect(status).toBe(0)
    expect(stdout.trimEnd().split("\n")).toContain("plugins/rate-cards/test/RateCards.test.ts")
    expect(stderr).toBe(`
Next:
  npm install && npm run format:fix
  npx vitest run plugins/rate-cards
  then put RateCardsPlugin into the list of an app (apps/monolith/src/index.ts); more in CONTRIBUTING.md, "A new plugin"
`)
  })

  it("writes an app, and tells it as JSON", () => {
    const { status, stdout } = heptad("app", "shop", "--json")
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      kind: "app",
      package: "@heptad/shop",
      folder: join(folder, "apps/shop"),
      written: true,
      files: [
        "CHANGELOG.md",
        "README.md",
        "config/development.yaml",
        "package.json",
        "src/index.ts",
        "src/main.ts",
        "test/app.test.ts"
      ]
    })
  })

  it("refuses to write over something, and a name that cannot be one", () => {
    const taken = `heptad: ${join(folder, "apps/shop")} is there already, and not an empty folder. ` +
      "Choose another name, or another folder with --dir."
    const over = heptad("app", "shop")
    expect({ ...over, stderr: over.stderr.split("\n")[0] }).toEqual({ status: 1, stdout: "", stderr: taken })
    expect(heptad("plugin", "network").status).toBe(2)
    expect(heptad("plugin").status).toBe(2)
  })
})

describe("what it wrote", { timeout: patience }, () => {
  it("has the format of the house", () => {
    expect(heptad("plugin", "zeta").status).toBe(0)
    const { output, status } = tool("dprint", "check", "plugins/{rate-cards,zeta}/**/*.ts", "apps/shop/**/*.ts")
    // Its first run on a machine tells that it compiles its plugin.
    const told = output.split("\n").filter((line) => line !== "" && !line.startsWith("Compiling "))
    expect({ told, status }).toEqual({ told: [], status: 0 })
  })

  it("has no type error and no suggestion of Effect", () => {
    expect(tool("tsc", "--project", "tsconfig.new.json")).toEqual({ status: 0, output: "" })
  })

  it("breaks no rule of the house", () => {
    const { output, status } = tool("oxlint", "--type-aware", "--deny-warnings", "plugins/rate-cards", "apps/shop")
    expect(status, output).toBe(0)
  })

  it("passes its own tests", () => {
    const { output, status } = tool("vitest", "run", "plugins/rate-cards", "apps/shop")
    expect(status, output).toBe(0)
    expect(output).toMatch(/Test Files +2 passed/)
    expect(output).toMatch(/Tests +5 passed/)
  })
})
