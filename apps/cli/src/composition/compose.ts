/** From flags and settings to a list of plugins and the settings that they read. */
import { KernelError, MissingPlugin, type Plugin, Settings } from "@heptad/kernel"
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AppName } from "../apps.ts"
import type { Given } from "../settingsFlags.ts"
import { choose, isWritten } from "./choose.ts"
import { known } from "./known.ts"
import { source as sourceOf } from "./source.ts"

export interface Composition {
  readonly plugins: ReadonlyArray<Plugin.Any>
  /** Tells what is wrong with the choice of plugins together with all that is wrong with their settings. */
  readonly source: Settings.Source
  /** The settings of the deployment alone. */
  readonly deployment: Settings.SettingsTree
}

export interface Target extends Given {
  readonly app: Option.Option<AppName>
}

/** Sections of plugins that ship but do not start here: told, and not taken for misspelt. */
const withoutAbsent = (tree: Settings.SettingsTree, sections: ReadonlyArray<Settings.Section>) => {
  const running = new Set(sections.map(({ name }) => name))
  const absent = Object.keys(tree.value).filter((name) => known.has(name) && !running.has(name))
  const advice = absent.map((name): Settings.Advice => ({
    kind: "not-applied",
    keys: [name],
    message:
      `settings not applied: ${name} (${tree.origins.get(name) ?? "settings"}): the plugin does not start here; ` +
      `add "${name}" to deployment.${known.get(name)?.list}`
  }))
  const value = Object.fromEntries(Object.entries(tree.value).filter(([name]) => !absent.includes(name)))
  return { ...tree, value, advice: [...tree.advice, ...advice] }
}

const composed = (source: Settings.Source, app: AppName | undefined): Settings.Source => ({
  ...source,
  read: Effect.fnUntraced(function*(sections) {
    const tree = withoutAbsent(yield* source.read(sections), sections)
    const { faults } = yield* choose(tree, app)
    return { ...tree, faults: [...faults, ...tree.faults] }
  })
})

const make = Effect.fnUntraced(function*(given: Given, app: AppName | undefined) {
  const source = yield* sourceOf(given)
  const deployment = yield* source.read([])
  const { plugins } = yield* choose(deployment, app)
  return { plugins, source: composed(source, app), deployment } satisfies Composition
})

const nothingToRun = (verb: string) =>
  new CliError.ShowHelp({
    commandPath: ["heptad", verb],
    errors: [
      new CliError.ValidationError({
        message: `Name an app, for example: heptad ${verb} monolith. ` +
          `Or give settings that name their plugins under deployment.systems: heptad ${verb} --config <file>`
      })
    ]
  })

/** For verbs that run an app or tell what running it would be. Without an app the settings must name the plugins. */
export const compose = Effect.fnUntraced(function*(verb: string, { app, ...given }: Target) {
  const composition = yield* make(given, Option.getOrUndefined(app))
  if (Option.isNone(app) && !isWritten(composition.deployment)) return yield* nothingToRun(verb)
  return composition
})

/** For verbs that work on one system: it and what it needs, whatever the settings start. */
export const composeOf = ({ config, set }: Given, systems: ReadonlyArray<string>) => {
  const only = [`deployment.systems=[${systems.join(", ")}]`, "deployment.applications=[]"]
  return make({ config, set: [...set, ...only] }, undefined)
}

/** For verbs about settings: where nobody says which plugins run, all that ship. */
export const composeAll = (given: Given) => make(given, "monolith")

const withRemedy = (error: KernelError) => {
  const [first, ...rest] = error.reasons
  const remedied = (reason: typeof first) => {
    const keeper = reason._tag === "MissingPlugin"
      ? [...known].find(([, { contract }]) => contract === reason.contract)
      : undefined
    if (keeper === undefined || reason._tag !== "MissingPlugin") return reason
    const { contract, package: from, plugin } = reason
    return new MissingPlugin({ contract, package: from, plugin, add: `"${keeper[0]}" to deployment.${keeper[1].list}` })
  }
  return new KernelError({ reasons: [remedied(first), ...rest.map(remedied)] })
}

/** Gives the kernel the composition's settings; what it then misses is told with the setting that adds it. */
export const within =
  ({ source }: Composition) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | KernelError, R> =>
    Effect.provideService(effect, Settings.SettingsSource, source).pipe(
      Effect.mapError((error) => error instanceof KernelError ? withRemedy(error) : error)
    )
