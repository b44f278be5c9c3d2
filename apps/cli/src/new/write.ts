/** From a name to a package in a folder. Everything is known and checked before the first file is written. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { PackageNotWritten } from "../errors.ts"
import * as manifests from "./manifests.ts"
import * as PackageName from "./PackageName.ts"
import * as Place from "./Place.ts"
import * as Template from "./Template.ts"

/** What will be written, or was. */
export interface NewPackage extends Place.Place {
  readonly kind: Place.Kind
  readonly className: string
  readonly files: Template.Template
}

/** How the app is started, for its README. */
const startOf = ({ folder, form }: Place.Place, relative: (folder: string) => string): string => {
  const at = relative(folder)
  return form === "house"
    ? `node --conditions=source ${at}/src/main.ts ${at}/config/development.yaml`
    : "npm install\nnpm start"
}

/** A template without a package.json that reads is a broken installation. */
const manifestOf = (template: Template.Template) =>
  Effect.orDie(Schema.decodeEffect(manifests.Manifest)(new Map(template).get("package.json") ?? ""))

/** The package as it would be. Refuses what cannot be written before anything is. */
export const prepare = Effect.fnUntraced(function*(kind: Place.Kind, written: string, chosen: string | undefined) {
  const name = yield* Effect.fromResult(PackageName.parse(written))
  const place = yield* Place.find(kind, name, chosen)
  const template = yield* Template.read(kind)
  yield* Effect.fromResult(Template.ensureFits(template, name))
  yield* Place.ensureFree(place)
  const filled = Template.fill(template, name, place.name)
  const others = manifests[kind](yield* manifestOf(filled), place.form, filled.map(([file]) => file))
  const path = yield* Path.Path
  const start = startOf(place, (folder) => path.relative(path.dirname(path.dirname(folder)), folder))
  const rooms = filled.filter(([file]) => file !== "package.json")
    .map(([file, content]) => [file, content.replace("@start@", start)] as const)
  const files = [...others, ...rooms].toSorted(([a], [b]) => a < b ? -1 : 1)
  return { ...place, kind, className: name.pascal, files } satisfies NewPackage
})

const refused = (file: string) => ({ message }: PlatformError.PlatformError) =>
  new PackageNotWritten({ file, problem: message })

/** Overwrites nothing, whatever has appeared meanwhile. */
export const write = Effect.fnUntraced(function*({ files, folder }: NewPackage) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  for (const [file, content] of files) {
    const at = path.join(folder, file)
    yield* fs.makeDirectory(path.dirname(at), { recursive: true }).pipe(
      Effect.andThen(fs.writeFileString(at, content, { flag: "wx" })),
      Effect.mapError(refused(at))
    )
  }
})
