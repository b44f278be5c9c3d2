/** A set of migrations as a folder of SQL files. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { MigrationFailed } from "../../errors.ts"
import type { MigrationFolder, MigrationSet, MigrationSource, SqlMigration } from "../../Migration.ts"
import { nameOf } from "./fileName.ts"

const mostFiles = 5000
const mostBytes = 16 * 1024 * 1024

const failed = (set: string, problem: string, remedy: string, migration?: string) =>
  new MigrationFailed({ set, problem, remedy, ...(migration !== undefined && { migration }) })

interface File {
  readonly file: string
  readonly id: number
  readonly name: string
  readonly direction: "up" | "down"
}

const pathOf = (folder: string | URL): string => typeof folder === "string" ? folder : fileURLToPath(folder)

const decoder = new TextDecoder("utf-8", { fatal: true })

/** A byte order mark is taken off by the decoder. */
const readText = (set: string, folder: string, file: string) =>
  Effect.try({
    try: () => {
      const path = `${folder}/${file}`
      if (Fs.statSync(path).size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`)
      return decoder.decode(Fs.readFileSync(path))
    },
    catch: (cause) =>
      failed(set, cause instanceof Error ? cause.message : String(cause), "Make it a readable UTF-8 text.", file)
  })

const namesIn = (set: string, folder: string) =>
  Effect.try({
    try: () => Fs.readdirSync(folder).filter((file) => file.endsWith(".sql")).toSorted(),
    catch: (cause) =>
      failed(
        set,
        `its folder cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        "Name the folder with its .sql files; `heptad migrate create <name>` makes one."
      )
  })

const parse = (set: string, file: string): Effect.Effect<File, MigrationFailed> => {
  const name = nameOf(file)
  return name === undefined
    ? Effect.fail(failed(
      set,
      `the name of ${file} is not understood`,
      "Call it <number>_<name>.sql, or <number>_<name>.up.sql with a .down.sql beside it."
    ))
    : Effect.succeed({ file, ...name })
}

const key = ({ id, name }: File): string => `${id} ${name}`

interface Pair {
  readonly up: File
  readonly down: File | undefined
}

/** Each way up with its way down; a way down alone is a misspelt name. */
const pairs = Effect.fnUntraced(function*(set: string, files: ReadonlyArray<File>) {
  const downs = new Map(files.filter(({ direction }) => direction === "down").map((file) => [key(file), file]))
  const ups = files.filter(({ direction }) => direction === "up")
  const known = new Set(ups.map(key))
  const lonely = [...downs.values()].find((down) => !known.has(key(down)))
  if (lonely !== undefined) {
    return yield* failed(set, `${lonely.file} has no file for the way up`, "Give both the same number and name.")
  }
  return ups.map((up): Pair => ({ up, down: downs.get(key(up)) }))
})

const toMigration = Effect.fnUntraced(function*(set: string, folder: string, { down, up }: Pair) {
  const migration: SqlMigration = {
    id: up.id,
    name: up.name,
    sql: yield* readText(set, folder, up.file),
    ...(down && { down: yield* readText(set, folder, down.file) })
  }
  return migration
})

const read = Effect.fnUntraced(function*({ folder, name, needs }: MigrationFolder) {
  const path = pathOf(folder)
  const files = yield* namesIn(name, path)
  if (files.length > mostFiles) {
    return yield* failed(name, `its folder has more than ${mostFiles} files`, "Keep other files elsewhere.")
  }
  const found = yield* pairs(name, yield* Effect.forEach(files, (file) => parse(name, file)))
  const migrations = yield* Effect.forEach(found, (each) => toMigration(name, path, each))
  return { name, migrations, ...(needs !== undefined && { needs }) } satisfies MigrationSet
})

/** The set itself, read from its files where it is a folder. */
export const load = (source: MigrationSource): Effect.Effect<MigrationSet, MigrationFailed> =>
  "folder" in source ? read(source) : Effect.succeed(source)
