/**
 * Plugins of npm packages: `<package>/plugin`, resolved from the working directory, where the app's own packages are
 * installed. Nothing of a package is resolved or run before it was found on the allow-list.
 */
import { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as SemVer from "effect/SemVer"
import * as SemVerRange from "effect/SemVerRange"
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { PackageName } from "./PluginName.ts"

interface Loading {
  /** Absent: there is no such module. */
  readonly url: string | undefined
  readonly exports: Result.Result<object, unknown>
}

/** `import()` resolves from the file that it stands in, and there is no other with a place of its own. */
const importFrom = async (directory: string, specifier: string): Promise<Loading> => {
  let url: string | undefined
  const parentURL = pathToFileURL(join(directory, "composition")).href
  const hooks = registerHooks({
    resolve: (asked, context, next) => {
      if (asked !== specifier) return next(asked, context)
      const resolved = next(asked, { ...context, parentURL })
      url = resolved.url
      return resolved
    }
  })
  try {
    const exports: object = await import(specifier)
    return { url, exports: Result.succeed(exports) }
  } catch (error) {
    return { url, exports: Result.fail(error) }
  } finally {
    hooks.deregister()
  }
}

const install = ({ package: name, wanted }: PackageName): string => `npm install ${name}@"${wanted}"`

const unresolved = (wanted: PackageName, error: unknown): string =>
  error instanceof Error && "code" in error && error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
    ? `"${wanted.package}" exports no "./plugin"; install a package that brings a plugin`
    : `"${wanted.package}" is not installed here; run: ${install(wanted)}`

const pluginOf = (name: string, exports: object): Result.Result<Plugin.Any, string> => {
  const found = Object.entries(exports).filter(([, value]) => Plugin.isPlugin(value))
  const [first] = Object.values(Object.fromEntries(found)).filter(Plugin.isPlugin)
  if (first !== undefined && found.length === 1) return Result.succeed(first)
  const names = found.length === 0 ? "no plugin" : `several plugins (${found.map(([key]) => key).join(", ")})`
  return Result.fail(`"${name}/plugin" exports ${names}; it must export one value made by Plugin.make`)
}

const versionFault = (wanted: PackageName, { manifest: { version } }: Plugin.Any): string | undefined => {
  const parsed = SemVer.parse(version)
  const fits = Result.isSuccess(parsed) &&
    SemVerRange.matches(wanted.range, parsed.success, { includePrerelease: true })
  return fits
    ? undefined
    : `"${wanted.package}" is installed as ${version}, which is not in ${wanted.wanted}; run: ${install(wanted)}`
}

/** The plugin of a package, or what is wrong with it. */
export const load = Effect.fnUntraced(function*(wanted: PackageName, allowed: ReadonlyArray<string>) {
  const { package: name } = wanted
  if (!allowed.includes(name)) {
    return Result.fail(
      `"${name}" is not allowed: its code would run with all rights of the app. ` +
        `If you trust it, add "${name}" to deployment.allowed_packages`
    )
  }
  const { exports, url } = yield* Effect.promise(() => importFrom(process.cwd(), `${name}/plugin`))
  if (Result.isFailure(exports)) {
    const { failure } = exports
    const problem = failure instanceof Error ? failure.message : String(failure)
    return Result.fail(
      url === undefined ? unresolved(wanted, failure) : `"${name}/plugin" cannot be loaded: ${problem}`
    )
  }
  return Result.flatMap(pluginOf(name, exports.success), (plugin) => {
    const fault = versionFault(wanted, plugin)
    return fault === undefined ? Result.succeed(plugin) : Result.fail(fault)
  })
})
