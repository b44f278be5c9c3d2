/** The plugins that the settings name, and for what they do not say those of an app; or what is wrong with the names. */
import { PluginName as Written } from "@heptad/common"
import { InvalidSetting, nearest, type Plugin, type Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type AppName, apps } from "../apps.ts"
import { known, type List, listOf, namesOf } from "./known.ts"
import * as packages from "./packages.ts"
import { parse } from "./PluginName.ts"

export interface Choice {
  readonly plugins: ReadonlyArray<Plugin.Any>
  readonly faults: ReadonlyArray<InvalidSetting>
}

/** What became of one name. A misspelt one still has the plugin that was meant, so that no other fault follows from it. */
interface Picked {
  readonly plugin?: Plugin.Any
  readonly problem?: string
}

const decodeNames = Schema.decodeUnknownOption(Schema.Array(Written))
const decodePackages = Schema.decodeUnknownOption(Schema.Array(Schema.String))

const valueOf = (tree: Settings.SettingsTree, key: string): unknown =>
  tree.settings.find((leaf) => leaf.key === `deployment.${key}`)?.value

/** The names of a list; none when nobody wrote it, or so that it cannot be read, which is a fault of its own. */
const written = (tree: Settings.SettingsTree, list: List) => Option.getOrUndefined(decodeNames(valueOf(tree, list)))

/** Whether the settings say which systems start. */
export const isWritten = (tree: Settings.SettingsTree): boolean => valueOf(tree, "systems") !== undefined

const other = { systems: "applications", applications: "systems" } as const
const one = { systems: "system", applications: "application" } as const

const pickKnown = Effect.fnUntraced(function*(list: List, name: string): Effect.fn.Return<Picked> {
  const found = known.get(name)
  if (found?.list === list) return { plugin: yield* Effect.promise(found.load) }
  if (found !== undefined) return { problem: `"${name}" is no ${one[list]}; write it under deployment.${other[list]}` }
  const names = namesOf(list)
  const guess = nearest(name, names)
  const meant = known.get(guess ?? "")
  const hint = guess === undefined ? `; there are: ${names.join(", ")}` : `, did you mean "${guess}"?`
  return {
    problem: `there is no ${one[list]} "${name}"${hint}`,
    ...(meant === undefined ? {} : { plugin: yield* Effect.promise(meant.load) })
  }
})

const pick = Effect.fnUntraced(
  function*(list: List, name: Written, allowed: ReadonlyArray<string>): Effect.fn.Return<Picked> {
    const parsed = parse(name)
    if (Result.isFailure(parsed)) return { problem: parsed.failure }
    if (parsed.success._tag === "KnownName") return yield* pickKnown(list, parsed.success.name)
    const loaded = yield* packages.load(parsed.success, allowed)
    return Result.isFailure(loaded) ? { problem: loaded.failure } : { plugin: loaded.success }
  }
)

const originOf = ({ origins }: Settings.SettingsTree, list: List, index: number): string =>
  origins.get(`deployment.${list}.${index}`) ?? origins.get(`deployment.${list}`) ?? "settings"

const repeated = (plugins: ReadonlyArray<Plugin.Any>, plugin: Plugin.Any | undefined): boolean =>
  plugins.some(({ name }) => name === plugin?.name)

/** One list of the settings. */
const chooseList = Effect.fnUntraced(function*(tree: Settings.SettingsTree, list: List): Effect.fn.Return<Choice> {
  const allowed = Option.getOrElse(decodePackages(valueOf(tree, "allowed_packages")), () => [])
  const plugins: Array<Plugin.Any> = []
  const faults: Array<InvalidSetting> = []
  for (const [index, name] of (written(tree, list) ?? []).entries()) {
    const picked = yield* pick(list, name, allowed)
    const twice = repeated(plugins, picked.plugin)
    const problem = picked.problem ?? (twice ? `"${picked.plugin?.name}" is named twice` : undefined)
    const origin = originOf(tree, list, index)
    if (problem !== undefined) faults.push(new InvalidSetting({ key: `deployment.${list}`, origin, problem }))
    if (picked.plugin !== undefined && !twice) plugins.push(picked.plugin)
  }
  return { plugins, faults }
})

const appList = Effect.fnUntraced(function*(app: AppName | undefined, list: List): Effect.fn.Return<Choice> {
  const plugins = app === undefined ? [] : yield* Effect.promise(apps[app])
  return { plugins: plugins.filter(({ name }) => listOf(name) === list), faults: [] }
})

const nothing = (tree: Settings.SettingsTree) =>
  new InvalidSetting({
    key: "deployment.systems",
    origin: tree.origins.get("deployment.systems") ?? "settings",
    problem: "names no plugin to start"
  })

/** The list cannot be read, which is told: the settings of all that ships can still be checked. */
const isUnreadable = (tree: Settings.SettingsTree): boolean => isWritten(tree) && written(tree, "systems") === undefined

/** `tree` needs no section but `deployment`. */
export const choose = Effect.fnUntraced(function*(tree: Settings.SettingsTree, wanted: AppName | undefined) {
  const app = wanted ?? (isUnreadable(tree) ? "monolith" : undefined)
  const lists = yield* Effect.forEach(
    ["systems", "applications"] as const,
    (list) => written(tree, list) === undefined ? appList(app, list) : chooseList(tree, list)
  )
  const plugins = lists.flatMap((list) => list.plugins)
  const faults = lists.flatMap((list) => list.faults)
  return { plugins, faults: plugins.length + faults.length === 0 ? [nothing(tree)] : faults } satisfies Choice
})
