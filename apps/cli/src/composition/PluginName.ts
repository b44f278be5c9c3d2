/** How settings name a plugin: `database`, `@acme/billing@^1.2.0`, or package and range apart. Pure. */
import type { PluginName as Written } from "@heptad/common"
import * as Result from "effect/Result"
import * as SemVerRange from "effect/SemVerRange"

/** A package of npm that brings the plugin under `<package>/plugin`. */
export interface PackageName {
  readonly _tag: "PackageName"
  readonly package: string
  readonly range: SemVerRange.SemVerRange
  /** As it was written. */
  readonly wanted: string
}

export type PluginName = { readonly _tag: "KnownName"; readonly name: string } | PackageName

/** What npm accepts for new packages: neither a path nor a URL fits it. */
const npmName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

const packageName = (name: string, range: string): Result.Result<PackageName, string> => {
  if (!npmName.test(name) || name.length > 214) return Result.fail(`"${name}" is no name of an npm package`)
  return Result.mapBoth(SemVerRange.parse(range), {
    onFailure: () => `"${range}" is no version range; write one such as "${name}@^1.2.0"`,
    onSuccess: (parsed) => ({ _tag: "PackageName" as const, package: name, range: parsed, wanted: range })
  })
}

/** What was written, or what is wrong with it. */
export const parse = (written: Written): Result.Result<PluginName, string> => {
  if (typeof written !== "string") return packageName(written.package, written.range)
  const at = written.indexOf("@", 1)
  if (at !== -1) return packageName(written.slice(0, at), written.slice(at + 1))
  if (!/[@/:]/.test(written)) return Result.succeed({ _tag: "KnownName", name: written })
  return Result.fail(
    npmName.test(written)
      ? `"${written}" needs a version range; write one such as "${written}@^1.2.0"`
      : `"${written}" is no name of a plugin or of an npm package`
  )
}
