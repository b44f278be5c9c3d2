/** Writes the package and says what it wrote: data to standard output, what to do next to standard error. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { Kind } from "./Place.ts"
import { type NewPackage, prepare, write } from "./write.ts"

const toHouse = ({ className, kind }: NewPackage, at: string): ReadonlyArray<string> => [
  "npm install && npm run format:fix",
  `npx vitest run ${at}`,
  kind === "plugin"
    ? `then put ${className}Plugin into the list of an app (apps/monolith/src/index.ts); more in CONTRIBUTING.md, "A new plugin"`
    : `node --conditions=source ${at}/src/main.ts ${at}/config/development.yaml`
]

const alone = ({ kind }: NewPackage, at: string): ReadonlyArray<string> => [
  `cd ${at}`,
  "npm install",
  "npm test",
  kind === "plugin" ? "npm run build" : "npm start"
]

const nextSteps = (made: NewPackage, at: string): string =>
  ["", "Next:", ...(made.form === "house" ? toHouse(made, at) : alone(made, at)).map((step) => `  ${step}`)].join("\n")

export interface Wanted {
  readonly name: string
  readonly dir: Option.Option<string>
  readonly dryRun: boolean
  readonly json: boolean
}

export const run = Effect.fnUntraced(function*(kind: Kind, { dir, dryRun, json, name }: Wanted) {
  const path = yield* Path.Path
  const made = yield* prepare(kind, name, Option.getOrUndefined(dir))
  if (!dryRun) yield* write(made)
  const at = path.relative(".", made.folder) || "."
  const files = made.files.map(([file]) => file)
  if (json) {
    const { folder, name } = made
    return yield* Console.log(JSON.stringify({ kind, package: name, folder, written: !dryRun, files }, null, 2))
  }
  yield* Console.log(files.map((file) => path.join(at, file)).join("\n"))
  yield* Console.error(dryRun ? "\nNothing was written (--dry-run)." : nextSteps(made, at))
})
