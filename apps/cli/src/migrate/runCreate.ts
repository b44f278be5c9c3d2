/** Writes the two files of the next migration. */
import { DatabaseTools } from "@heptad/database/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { PackageNotWritten } from "../errors.ts"
import { usage } from "../verb.ts"
import type { Given } from "./flags.ts"
import { asJson } from "./show.ts"

interface Own {
  readonly name: string
  readonly dryRun: boolean
}

const longest = 80

/** What a file may be called after. */
const slugOf = (name: string): string =>
  name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, longest)

const digits = 4

const highest = (files: ReadonlyArray<string>): number =>
  Math.max(0, ...files.map((file) => DatabaseTools.fileNameOf(file)?.id ?? 0))

const contents = (name: string) => ({
  up:
    `-- ${name}\n-- Marks: "heptad: no-transaction", "heptad: allow <rule>", each after two hyphens on a line of its own.\n\n`,
  down:
    `-- Takes ${name} back. Remove this file where there is no way back, and .up from the name of the other one.\n\n`
})

const refused = (file: string) => ({ message }: PlatformError) => new PackageNotWritten({ file, problem: message })

const filesOf = Effect.fnUntraced(function*(folder: string, slug: string) {
  const [fileSystem, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const there = yield* Effect.orElseSucceed(fileSystem.readDirectory(folder), () => [])
  const stem = `${String(highest(there) + 1).padStart(digits, "0")}_${slug}`
  const { down, up } = contents(slug)
  return [[path.join(folder, `${stem}.up.sql`), up], [path.join(folder, `${stem}.down.sql`), down]] as const
})

const write = Effect.fnUntraced(function*(file: string, text: string) {
  const [fileSystem, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  yield* fileSystem.makeDirectory(path.dirname(file), { recursive: true }).pipe(
    Effect.andThen(fileSystem.writeFileString(file, text, { flag: "wx" })),
    Effect.mapError(refused(file))
  )
})

export const run = Effect.fnUntraced(function*({ dir, json }: Given, { dryRun, name }: Own) {
  const slug = slugOf(name)
  if (slug === "") return yield* usage("migrate create", "name: write letters or digits, as in add_orders_index")
  const files = yield* filesOf(Option.getOrElse(dir, () => "migrations"), slug)
  if (!dryRun) yield* Effect.forEach(files, ([file, text]) => write(file, text), { discard: true })
  const paths = files.map(([file]) => file)
  yield* Console.log(json ? asJson({ written: !dryRun, files: paths }) : paths.join("\n"))
})
