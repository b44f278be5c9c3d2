/**
 * The packages below `templates/` are real ones, type-checked and linted where they stand; their name is the placeholder. They
 * are read as text, because Node runs no TypeScript from below node_modules.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { fileURLToPath } from "node:url"
import { InvalidPackageName } from "../errors.ts"
import type { PackageName } from "./PackageName.ts"
import type { Kind } from "./Place.ts"

/** Content by path, relative to the package. */
export type Template = ReadonlyArray<readonly [file: string, content: string]>

/** The same distance from `src/new` and from `dist/new`. */
const folderOf = (kind: Kind): string => fileURLToPath(new URL(`../../templates/${kind}`, import.meta.url))

/** A template that cannot be read is a broken installation. */
export const read = Effect.fnUntraced(function*(kind: Kind) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const folder = folderOf(kind)
  const entries = (yield* fs.readDirectory(folder, { recursive: true })).toSorted()
  const files: Array<Template[number]> = []
  for (const entry of entries) {
    const { type } = yield* fs.stat(path.join(folder, entry))
    if (type === "File") files.push([entry, yield* fs.readFileString(path.join(folder, entry))])
  }
  return files
}, Effect.orDie)

/** `import * as Effect from`, `import { Kernel, type Plugin } from`. */
const importLine = /^import (?:\* as (.*)|(?:type )?\{ (.*) \}) from "[^.]/gm

/** What the files import from others; a class of the same name would clash. */
const imported = (template: Template): ReadonlyArray<string> =>
  template.flatMap(([, content]) =>
    [...content.matchAll(importLine)].flatMap(([, module, names = ""]) =>
      module ?? names.split(", ").map((name) => name.replace("type ", ""))
    )
  )

/** A name whose class would be one that the files use already. */
export const ensureFits = (template: Template, { kebab, pascal }: PackageName) => {
  const problem = `its class would be ${pascal}, which is taken; choose another one`
  return imported(template).includes(pascal) || pascal in globalThis
    ? Result.fail(new InvalidPackageName({ name: kebab, problem }))
    : Result.void
}

const pathOf = (line: string): string => /"(\..*?)"/.exec(line)?.[1]?.toLowerCase() ?? ""

const byPath = (a: string, b: string): number => pathOf(a) < pathOf(b) ? -1 : 1

/** Imports and exports stand in the order of their paths, which has changed with the name. */
const sortRelative = (content: string): string =>
  content.replaceAll(
    /(?:^(?:import|export) .* from "\..*\n)+/gm,
    (lines) => `${lines.trimEnd().split("\n").toSorted(byPath).join("\n")}\n`
  )

/** The template under another name: `@heptad/sample` is the package, the other spellings follow from it. */
export const fill = (template: Template, { kebab, pascal, snake }: PackageName, full: string): Template => {
  const spellings: Readonly<Record<string, string>> = {
    "@heptad/sample": full,
    "sample-": `${kebab}-`,
    Sample: pascal,
    SAMPLE: snake.toUpperCase(),
    sample: snake
  }
  // One pass, so that a name which itself contains the placeholder is left alone.
  const named = (text: string) =>
    text.replaceAll(/@heptad\/sample|sample-|Sample|SAMPLE|sample/g, (found) => spellings[found] ?? found)
  return template.map(([file, content]) =>
    [named(file), file.endsWith(".ts") ? sortRelative(named(content)) : named(content)] as const
  )
}
