/** Where a package goes, and in which form: as one of this repository, or as one that stands alone. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { FolderTaken } from "../errors.ts"
import type { PackageName } from "./PackageName.ts"

export type Kind = "plugin" | "app"

/** Folders of the repository whose packages are workspaces. */
const workspaces: Readonly<Record<Kind, string>> = { plugin: "plugins", app: "apps" }

export interface Place {
  /** Absolute. */
  readonly folder: string
  /** `house`: a workspace of this repository, run from source. `alone`: a package that installs what it needs. */
  readonly form: "house" | "alone"
  /** Of the package. */
  readonly name: string
  /** Folders where a package of the same name would stand already. */
  readonly rivals: ReadonlyArray<string>
}

const Root = Schema.fromJsonString(
  Schema.Struct({ name: Schema.Literal("heptad"), workspaces: Schema.Array(Schema.String) })
)

const isRoot = Effect.fnUntraced(function*(folder: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const manifest = Effect.flatMap(fs.readFileString(path.join(folder, "package.json")), Schema.decodeEffect(Root))
  return yield* Effect.isSuccess(manifest)
})

/** The root of the repository that this folder is in. */
const rootOf = (folder: string): Effect.Effect<string | undefined, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    if (yield* isRoot(folder)) return folder
    const parent = (yield* Path.Path).dirname(folder)
    return parent === folder ? undefined : yield* rootOf(parent)
  })

const nameOf = ({ kebab, scope }: PackageName, form: Place["form"]): string => {
  const of = scope ?? (form === "house" ? "@heptad" : undefined)
  return of === undefined ? kebab : `${of}/${kebab}`
}

/** Without a folder of the caller's choice: a workspace in the repository, else a folder of that name right here. */
export const find = Effect.fnUntraced(function*(kind: Kind, name: PackageName, chosen: string | undefined) {
  const { dirname, join, resolve } = yield* Path.Path
  const here = resolve(chosen ?? ".")
  const root = yield* rootOf(here)
  const home = root === undefined ? undefined : join(root, workspaces[kind])
  const folder = chosen === undefined ? join(home ?? here, name.kebab) : here
  if (root === undefined || dirname(folder) !== home) {
    return { folder, form: "alone", name: nameOf(name, "alone"), rivals: [] } satisfies Place
  }
  const full = nameOf(name, "house")
  const rivals = [
    ...Object.values(workspaces).map((at) => join(root, at, name.kebab)),
    join(root, "node_modules", full)
  ]
  return { folder, form: "house", name: full, rivals } satisfies Place
})

const isFree = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(folder))) return true
  return yield* Effect.orElseSucceed(
    Effect.map(fs.readDirectory(folder), (entries) => entries.length === 0),
    () => false
  )
})

/** An empty folder may be there; anything else stays as it is. */
export const ensureFree = Effect.fnUntraced(function*({ folder, rivals }: Place) {
  for (const each of [folder, ...rivals]) {
    if (!(yield* isFree(each))) return yield* new FolderTaken({ folder: each })
  }
})
