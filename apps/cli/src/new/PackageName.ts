/** The name of a package and the spellings that its files need. Pure. */
import * as Result from "effect/Result"
import { builtinModules } from "node:module"
import { InvalidPackageName } from "../errors.ts"

export interface PackageName {
  /** `@acme`; absent where none was given. */
  readonly scope: string | undefined
  /** `rate-cards`: the folder, the end of the package name, operations. */
  readonly kebab: string
  /** `RateCards`: classes. */
  readonly pascal: string
  /** `rate_cards`: the section of the settings, metrics. */
  readonly snake: string
}

const shape = /^(?:(@[a-z0-9][a-z0-9._-]*)\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/

const longest = { name: 40, scope: 100 }

/** Sections of the settings that are somebody's already: the systems, the kernel's own, and what the files have at their top. */
const sections = new Set([
  ...["common", "thread", "container", "logger", "monitoring", "database", "network"],
  ...["kernel", "deployment", "permissions", "features", "services"]
])

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const refuse = (name: string, problem: string) => Result.fail(new InvalidPackageName({ name, problem }))

/** Refuses what npm would refuse, what no class or settings section can be named, and names that are taken. */
export const parse = (name: string): Result.Result<PackageName, InvalidPackageName> => {
  const [match, scope, kebab = ""] = shape.exec(name) ?? []
  if (match === undefined) {
    return refuse(name, `write lower-case letters, digits and single hyphens, a letter first, as in "rate-cards"`)
  }
  if (kebab.length > longest.name || (scope?.length ?? 0) > longest.scope) {
    return refuse(name, `a name has at most ${longest.name} characters, a scope ${longest.scope}`)
  }
  if (sections.has(kebab)) {
    return refuse(name, "it is reserved, because the settings have a section of that name already; choose another one")
  }
  if (scope === undefined && builtinModules.includes(kebab)) {
    return refuse(name, `Node has a module of that name; choose another one, or add a scope, as in "@acme/${kebab}"`)
  }
  const words = kebab.split("-")
  return Result.succeed({ scope, kebab, pascal: words.map(capitalise).join(""), snake: words.join("_") })
}
