/**
 * Where to look for changes of settings files. A file is reached through names: its own, and those of the links on the way to
 * it and to where they point. Kubernetes swaps the link `..data` and touches nothing else; an editor renames over the file.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "node:path"
import { isSettingsFile } from "./settingsFiles.ts"

/** Directories, each with the names in it that lead to a settings file. */
export type Places = ReadonlyMap<string, ReadonlySet<string>>

/** Links that lead in a circle end here, as in the operating system. */
const maxLinks = 40

const steps = (path: string) => {
  const { root } = Path.parse(path)
  return { root, names: path.slice(root.length).split(Path.sep).filter((name) => name !== "") }
}

const nothing: ReadonlySet<string> = new Set()

const note = (places: Map<string, ReadonlySet<string>>, directory: string, ...names: ReadonlyArray<string>): void => {
  places.set(directory, new Set([...(places.get(directory) ?? nothing), ...names]))
}

/** Notes every link on the way and the last step; where nothing is yet, the step that is missing. */
const walk = Effect.fnUntraced(function*(places: Map<string, ReadonlySet<string>>, path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  let { names, root: at } = steps(path)
  for (let links = 0; links <= maxLinks;) {
    const [name, ...further] = names
    if (name === undefined) return at
    const child = Path.join(at, name)
    const link = Option.getOrUndefined(yield* Effect.option(fileSystem.readLink(child)))
    const missing = link === undefined && !(yield* Effect.orElseSucceed(fileSystem.exists(child), () => false))
    if (link !== undefined || missing || further.length === 0) note(places, at, name)
    if (missing) return undefined
    if (link === undefined) [at, names] = [child, further]
    else {
      ;({ names, root: at } = steps(Path.resolve(at, link, ...further)))
      links++
    }
  }
  return undefined
})

const isDirectory = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const info = yield* Effect.option(fileSystem.stat(path))
  return Option.exists(info, ({ type }) => type === "Directory")
})

/** Where these files and directories, and the settings files of the directories, are. */
export const placesOf = Effect.fnUntraced(function*(paths: ReadonlyArray<string>) {
  const places = new Map<string, ReadonlySet<string>>()
  for (const path of new Set(paths)) {
    const end = yield* walk(places, Path.resolve(path))
    if (end !== undefined && (yield* isDirectory(end))) note(places, end)
  }
  return places satisfies Places
})

/** Whether a change of this name may be one of a settings file; its own name stands for the end of the directory. */
export const matters = (directory: string, names: ReadonlySet<string>, name: string | null): boolean =>
  name === null || names.has(name) || name === Path.basename(directory) || isSettingsFile(name)
