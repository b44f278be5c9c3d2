/** The packages of this repository that are published, read from the workspaces of the root package.json. */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

export const root = join(import.meta.dirname, "..")

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly files?: ReadonlyArray<string>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  /** Relative to the root, for example `plugins/common`. */
  readonly folder: string
  /** The part of the name after the scope, for example `common`. */
  readonly short: string
  readonly manifest: Manifest
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))

const patterns: ReadonlyArray<string> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).workspaces

/** Every workspace that is not private, in the order of the folders. */
export const workspaces: ReadonlyArray<Workspace> = globSync(patterns.map((pattern) => `${pattern}/package.json`), {
  cwd: root
})
  .map((file) => file.slice(0, -"/package.json".length))
  .toSorted()
  .map((folder) => ({ folder, manifest: readManifest(folder) }))
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => ({ folder, manifest, short: manifest.name.slice(manifest.name.indexOf("/") + 1) }))

/** Where the compiler puts a source file of a package. */
export const compiled = (file: string): string => file.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ".js")
