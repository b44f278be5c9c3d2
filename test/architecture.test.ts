/** The rules of the house, proved twice: a planted violation is reported, and the tree itself has none. */
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, expect, it } from "vitest"
import * as planted from "./planted/violations.ts"
import { root, withPlanted } from "./planted/workspace.ts"

const read = (file: string): string => readFileSync(join(root, file), "utf8")
const glob = (pattern: string): ReadonlyArray<string> =>
  globSync(pattern, { cwd: root, exclude: (name) => name === "node_modules" || name === "dist" }).toSorted()

interface Report {
  readonly status: number | null
  readonly found: ReadonlyArray<{ readonly file: string; readonly rule: string }>
  readonly text: string
}

const node = (folder: string, ...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" })

const folders = ["kernel", "plugins", "apps", "docs", "test"]

const oxlint = (folder: string): Report => {
  const { status, stdout } = node(
    folder,
    join(root, "node_modules/oxlint/bin/oxlint"),
    "--type-aware",
    "--format=json",
    ...folders
  )
  const { diagnostics }: { diagnostics: ReadonlyArray<{ code: string; filename: string }> } = JSON.parse(stdout)
  const found = diagnostics.map(({ code, filename }) => ({ file: filename, rule: code.replace(/^.*\((.*)\)$/, "$1") }))
  return { status, found, text: stdout }
}

const imports = (folder: string, floor = 1): Report => {
  const args = ["--root", folder, "--floor", String(floor)]
  const { status, stderr } = node(root, join(root, "scripts/imports.ts"), ...args)
  const found = stderr.split("\n").flatMap((line) => {
    const [, rule, file] = /^([a-z-]+): (\S+) -> /.exec(line) ?? []
    return rule === undefined || file === undefined ? [] : [{ file, rule }]
  })
  return { status, found, text: stderr }
}

const filesOf = (violations: ReadonlyArray<planted.Violation>) =>
  violations.map(({ content, file }) => [file, content] as const)

describe("oxlint", () => {
  const violations = [...planted.specifiers, ...planted.style]
  const report = withPlanted([...filesOf(violations), ...planted.support], oxlint)

  it.each(violations)("reports: $breaks", ({ file, rule }) => {
    expect(report.status).toBe(1)
    expect(report.found).toContainEqual({ file, rule })
  })

  it("accepts what the table allows", () => {
    expect(withPlanted(planted.allowed, oxlint)).toMatchObject({ status: 0, found: [] })
  })
})

describe("import rules by resolved path", () => {
  const report = withPlanted([...filesOf(planted.paths), ...planted.support], (folder) => imports(folder))

  it.each(planted.paths)("report: $breaks", ({ file, rule }) => {
    expect(report.status).toBe(1)
    expect(report.found).toContainEqual({ file, rule })
  })

  it("accept what the table allows", () => {
    const { found, status, text } = withPlanted(planted.allowed, (folder) => imports(folder))
    expect({ found, status, text }).toEqual({ found: [], status: 0, text: "" })
  })

  it("fail when fewer modules were seen than the floor", () => {
    const { status, text } = withPlanted(planted.allowed, (folder) => imports(folder, 1000))
    expect(status).toBe(1)
    expect(text).toContain("expected at least 1000")
  })

  it("find a relative path out of a package nowhere in the tree", () => {
    const home = (file: string): string =>
      /^(kernel|test|bench|scripts|docs\/examples|(?:plugins|apps)\/[^/]+)\//.exec(file)?.[1] ?? "."
    const escapes = glob("{kernel,plugins,apps,docs,test,bench,scripts}/**/*.ts").flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export)\b[^"]*?from "(\.[^"]+)"/gm)]
        .map(([, specifier = ""]) => relative(root, join(root, dirname(file), specifier)))
        .filter((target) => home(target) !== home(file))
        .map((target) => `${file} -> ${target}`)
    )
    expect(escapes).toEqual([])
  })
})

describe("sizes", () => {
  const withoutComments = (source: string): string =>
    source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "")
  const codeLines = (file: string): number =>
    withoutComments(read(file)).split("\n").filter((line) => line.trim() !== "").length

  it("the kernel has at most 1,750 lines of code", () => {
    const files = glob("kernel/src/**/*.ts")
    expect(files.length).toBeGreaterThan(10)
    expect(files.map(codeLines).reduce((sum, lines) => sum + lines, 0)).toBeLessThanOrEqual(1750)
  })

  it.each(glob("apps/*/src/**/main.ts"))("%s has at most 40 lines", (file) => {
    expect(read(file).trimEnd().split("\n").length).toBeLessThanOrEqual(40)
  })
})

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifests: ReadonlyArray<Manifest> = glob("{kernel,plugins/*,apps/*}/package.json").map((file) =>
  JSON.parse(read(file))
)
const needs = (name: string): ReadonlyArray<string> => {
  const manifest = manifests.find((each) => each.name === name)
  return Object.keys({ ...manifest?.dependencies, ...manifest?.peerDependencies }).filter((each) =>
    each.startsWith("@heptad/")
  )
}

describe("packages", () => {
  const circleFrom = (name: string, path: ReadonlyArray<string>): ReadonlyArray<string> =>
    path.includes(name) ? [...path, name] : needs(name).flatMap((next) => circleFrom(next, [...path, name]))

  it("require each other in no circle", () => {
    expect(manifests.length).toBeGreaterThan(10)
    expect(manifests.flatMap(({ name }) => circleFrom(name, []))).toEqual([])
  })

  it("require the systems in one order", () => {
    const below = ["@heptad/kernel", "@heptad/common"]
    const order: Readonly<Record<string, ReadonlyArray<string>>> = {
      kernel: [],
      common: ["@heptad/kernel"],
      thread: below,
      container: below,
      logger: below,
      monitoring: below,
      database: [...below, "@heptad/thread", "@heptad/container"],
      network: [...below, "@heptad/thread", "@heptad/container"]
    }
    for (const [system, allowed] of Object.entries(order)) {
      expect(allowed, `what ${system} may require`).toEqual(expect.arrayContaining([...needs(`@heptad/${system}`)]))
    }
  })
})

const plugins = glob("plugins/*/package.json").map(dirname)

describe("plugins", () => {
  const rooms = [
    "package.json",
    "README.md",
    "CHANGELOG.md",
    "src/index.ts",
    "src/contract.ts",
    "src/plugin.ts",
    "src/config.ts"
  ]
  const sections = ["Promises", "Requires", "Settings", "Metrics and spans", "Errors", "Testing with it"]

  /** The sources behind `exports`; a room that would be empty is absent there too. */
  const faces = (folder: string): ReadonlyArray<string> =>
    Object.values<{ readonly source?: string }>(JSON.parse(read(`${folder}/package.json`)).exports)
      .flatMap(({ source }) => source === undefined ? [] : [source])

  it("are the seven systems", () => {
    expect(plugins.map((folder) => folder.slice("plugins/".length))).toEqual(
      ["common", "container", "database", "logger", "monitoring", "network", "thread"]
    )
  })

  it.each(plugins)("%s has the same rooms as the others", (folder) => {
    expect([...rooms, ...faces(folder)].filter((room) => !existsSync(join(root, folder, room)))).toEqual([])
    expect(faces(folder).length).toBeGreaterThanOrEqual(2)
    expect(glob(`${folder}/test/**/*.test.ts`)).not.toEqual([])
  })

  it.each(plugins)("%s/README.md has the same sections in the same order", (folder) => {
    const titles = [...read(`${folder}/README.md`).matchAll(/^## (.*)$/gm)].map(([, title]) => title)
    expect(titles.slice(0, sections.length)).toEqual(sections)
  })

  it("export no TaggedError without a code of the registry", () => {
    const publicFiles = glob("plugins/*/src/**/*.ts").filter((file) => !/src\/(internal\/|testing\.ts)/.test(file))
    const classes = publicFiles.flatMap((file) =>
      read(file).split(/^(?=export (?:abstract )?class )/m).slice(1)
        .map((rest) => rest.slice(0, rest.search(/^\}$|\{\}$/m)))
        .filter((body) => body.includes("Schema.TaggedError<"))
        .map((body) => ({ name: `${file}: ${/class (\w+)/.exec(body)?.[1]}`, coded: /\berrorCode\b/.test(body) }))
    )
    expect(classes.length).toBeGreaterThan(10)
    expect(classes.filter(({ coded }) => !coded).map(({ name }) => name)).toEqual([])
  })
})
