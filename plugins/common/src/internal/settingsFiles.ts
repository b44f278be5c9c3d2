/** The settings that stand in files and directories, merged in the order given. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { bringHome, mergeMaps } from "./merge.ts"
import { type Fault, map, type MapNode } from "./node.ts"
import { readText } from "./readText.ts"
import { parse } from "./yaml.ts"

const maxFiles = 256
export const isSettingsFile = (name: string) => /\.(ya?ml|json)$/.test(name) && !name.startsWith(".")

interface Read {
  readonly root?: MapNode
  readonly faults: ReadonlyArray<Fault>
}

const faultOf = (origin: string, problem: string): Read => ({ faults: [{ key: "settings file", origin, problem }] })

/** The files of a directory in name order; a file is itself. Fails with what is wrong. */
export const expand = Effect.fnUntraced(function*(entry: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const isDirectory = yield* fileSystem.stat(entry).pipe(
    Effect.map((info) => info.type === "Directory"),
    Effect.orElseSucceed(() => false)
  )
  if (!isDirectory) return [entry]
  const names = yield* Effect.mapError(
    fileSystem.readDirectory(entry),
    ({ reason }) => `the directory cannot be read (${reason._tag})`
  )
  const files = names.filter(isSettingsFile).toSorted()
  if (files.length === 0) return yield* Effect.fail("the directory holds no .yaml, .yml or .json file")
  if (files.length > maxFiles) return yield* Effect.fail(`the directory holds more than ${maxFiles} settings files`)
  return files.map((name) => `${entry.replace(/\/+$/, "")}/${name}`)
})

/** Where editors find the JSON Schema of a file; no setting. */
const withoutSchema = (root: MapNode): MapNode =>
  map(root.origin, new Map([...root.entries].filter(([key]) => key !== "$schema")))

const parseFile = (path: string, text: string): Read => {
  const { faults, node } = parse(text, (line, column) => `${path}:${line}:${column}`)
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return { faults }
  return node.kind === "map"
    ? { root: bringHome(withoutSchema(node)), faults }
    : faultOf(node.origin, "expected keys with values")
}

const readFile = (path: string) =>
  readText(path).pipe(
    Effect.map((text) => parseFile(path, text)),
    Effect.catch((problem) => Effect.succeed(faultOf(path, problem)))
  )

/** Reads every file, also when an earlier one is at fault, so that all faults are told at once. */
export const readFiles = Effect.fnUntraced(function*(entries: ReadonlyArray<string>) {
  const faults: Array<Fault> = []
  const read: Array<string> = []
  let root = map("settings")
  for (const entry of entries) {
    const files = yield* Effect.result(expand(entry))
    const parts = Result.isFailure(files)
      ? [faultOf(entry, files.failure)]
      : yield* Effect.forEach(files.success, readFile)
    if (Result.isSuccess(files)) read.push(...files.success)
    for (const part of parts) {
      faults.push(...part.faults)
      if (part.root !== undefined) root = mergeMaps(root, part.root)
    }
  }
  return { root, faults, files: read }
})
