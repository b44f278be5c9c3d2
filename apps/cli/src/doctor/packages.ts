/** The packages of an app as they are installed: versions, and which copy of Effect each of them loads. */
import type { Plugin } from "@heptad/kernel"
import { readFileSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { fault, type Finding, ok } from "./Finding.ts"

export interface Installed {
  readonly name: string
  readonly version: string
  readonly folder: string
  /** The folder of the copy of Effect that it loads. */
  readonly effect: string | undefined
}

const here = join(import.meta.dirname, "../..")

/** The folder in which a package lies as seen from another one, links followed. */
const folderOf = (name: string, from: string): string | undefined => {
  try {
    return realpathSync(dirname(createRequire(join(from, "package.json")).resolve(`${name}/package.json`)))
  } catch {
    return undefined
  }
}

const versionIn = (folder: string): string => {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const version: unknown = typeof manifest === "object" && manifest !== null
    ? Reflect.get(manifest, "version")
    : undefined
  return typeof version === "string" ? version : "unknown"
}

const look = (name: string): ReadonlyArray<Installed> => {
  const folder = folderOf(name, here)
  return folder === undefined ? [] : [{ name, version: versionIn(folder), folder, effect: folderOf("effect", folder) }]
}

const names = (
  plugins: ReadonlyArray<Plugin.Any>
) => ["@heptad/kernel", ...plugins.map(({ manifest }) => manifest.name).toSorted(), "effect", "@effect/platform-node"]

/** The command, the kernel, the plugins, and the libraries that they share. */
export const installed = (plugins: ReadonlyArray<Plugin.Any>): ReadonlyArray<Installed> => [
  { name: manifest.name, version: manifest.version, folder: here, effect: folderOf("effect", here) },
  ...names(plugins).flatMap(look)
]

/** Two copies of Effect do not know each other's services: what one provides, the other does not find. */
export const oneEffect = (packages: ReadonlyArray<Pick<Installed, "name" | "effect">>): Finding => {
  const copies = Map.groupBy(packages.filter(({ effect }) => effect !== undefined), ({ effect }) => effect)
  if (copies.size <= 1) return ok("one effect", [...copies.keys()].join(""))
  const told = [...copies].map(([copy, users]) => `${copy} (${users.map(({ name }) => name).join(", ")})`).join("; ")
  return fault(
    "one effect",
    `${copies.size} copies of effect: ${told}. Install one version for all: npm dedupe, or npm why effect shows who asks.`
  )
}
