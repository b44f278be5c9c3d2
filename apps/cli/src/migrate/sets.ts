/** The sets of migrations that the flags mean. */
import { MigrationSets, type MigrationSource } from "@heptad/database"
import type { Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { NoSuchMigrations } from "../errors.ts"
import type { Given } from "./flags.ts"

const ofPlugin = ({ annotations }: Plugin.Any): ReadonlyArray<MigrationSource> =>
  Option.getOrElse(Context.getOption(annotations, MigrationSets), () => [])

/** In the order in which their plugins start; a folder is a set of its own. */
export const setsOf = Effect.fnUntraced(function*({ as, dir, only }: Given, plugins: ReadonlyArray<Plugin.Any>) {
  const all = Option.isSome(dir) ? [{ name: as, folder: dir.value }] : plugins.flatMap(ofPlugin)
  const known = all.map(({ name }) => name)
  const strangers = only.filter((name) => !known.includes(name))
  if (strangers.length > 0 || all.length === 0) return yield* new NoSuchMigrations({ wanted: strangers, known })
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name))
})
