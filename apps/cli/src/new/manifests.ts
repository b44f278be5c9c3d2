/** package.json of a new package and, where it stands alone, what the repository's root has otherwise. Pure. */
import * as Schema from "effect/Schema"
import type { Place } from "./Place.ts"
import { ranges, tools, type Versions } from "./versions.ts"

type Form = Place["form"]
type Files = ReadonlyArray<readonly [file: string, content: string]>

/** What the template's package.json says of dependencies; the rest is passed on. `exports` follow from the files. */
export const Manifest = Schema.fromJsonString(Schema.StructWithRest(
  Schema.Struct({ peerDependencies: Schema.Record(Schema.String, Schema.String) }),
  [Schema.Record(Schema.String, Schema.Json)]
))
export type Manifest = typeof Manifest.Type

/** Files that others import, with the name that they have for them. */
const faces = { "src/index.ts": ".", "src/plugin.ts": "./plugin", "src/testing.ts": "./testing" }

/** `tsc` keeps the folders, because package.json is imported and goes along: sources come out below dist/src. */
const dist: Readonly<Record<Form, string>> = { house: "./dist/", alone: "./dist/src/" }

const target = (file: string, form: Form) => {
  const built = file.replace("src/", dist[form]).replace(/\.ts$/, "")
  return {
    ...form === "house" && { source: `./${file}` },
    types: `${built}.d.ts`,
    default: `${built}.js`
  }
}

const exportsOf = (files: ReadonlyArray<string>, form: Form) => ({
  ...Object.fromEntries(
    Object.entries(faces).filter(([file]) => files.includes(file)).map(([file, face]) => [face, target(file, form)])
  ),
  "./package.json": "./package.json"
})

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const sorted = (versions: Versions): Versions =>
  Object.fromEntries(Object.entries(versions).toSorted(([a], [b]) => a < b ? -1 : 1))

const rangesOf = (names: Versions): Versions =>
  Object.fromEntries(Object.keys(names).map((name) => [name, ranges[name] ?? "*"]))

const house = ({ peerDependencies, ...rest }: Manifest, files: ReadonlyArray<string>) => ({
  ...rest,
  exports: exportsOf(files, "house"),
  peerDependencies: rangesOf(peerDependencies)
})

const checks = { types: "tsc --noEmit", test: "vitest run" }

const pluginAlone = ({ peerDependencies, ...rest }: Manifest, files: ReadonlyArray<string>) => ({
  ...rest,
  license: "UNLICENSED",
  scripts: { ...checks, build: "tsc --project tsconfig.build.json", prepack: "npm run build" },
  exports: exportsOf(files, "alone"),
  peerDependencies: rangesOf(peerDependencies),
  devDependencies: sorted({ ...rangesOf({ ...peerDependencies, "@effect/platform-node": "*" }), ...tools })
})

const appAlone = ({ files: _published, peerDependencies, ...rest }: Manifest) => ({
  ...rest,
  license: "UNLICENSED",
  private: true,
  scripts: { start: "exec node src/main.ts config/development.yaml", ...checks },
  dependencies: sorted(rangesOf({ ...peerDependencies, "@effect/platform-node": "*" })),
  devDependencies: sorted(tools)
})

const compilerOptions = {
  target: "ES2024",
  lib: ["ES2024", "ESNext.Disposable", "ESNext.Iterator"],
  module: "NodeNext",
  types: ["node"],
  noEmit: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true
}

const build = {
  extends: "./tsconfig.json",
  compilerOptions: { noEmit: false, rootDir: ".", outDir: "dist", declaration: true, sourceMap: true },
  include: ["src"]
}

const aroundAlone: Files = [
  [".gitignore", "node_modules/\ndist/\n.heptad/\n"],
  ["tsconfig.json", json({ compilerOptions, include: ["src", "test"] })]
]

/** The files of a package that are not rooms, beside those that it has (`files`). */
export const plugin = (manifest: Manifest, form: Form, files: ReadonlyArray<string>): Files =>
  form === "house" ? [["package.json", json(house(manifest, files))]] : [
    ["package.json", json(pluginAlone(manifest, files))],
    ...aroundAlone,
    ["tsconfig.build.json", json(build)]
  ]

export const app = (manifest: Manifest, form: Form, files: ReadonlyArray<string>): Files =>
  form === "house"
    ? [["package.json", json(house(manifest, files))]]
    : [["package.json", json(appAlone(manifest))], ...aroundAlone]
