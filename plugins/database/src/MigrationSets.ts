/** How a plugin tells tools, which do not build it, which tables are its own. */
import * as Context from "effect/Context"
import type { MigrationSource } from "./Migration.ts"

/** An annotation of a plugin: `annotations: MigrationSets.with(migrations)`. */
export class MigrationSets extends Context.Service<MigrationSets, ReadonlyArray<MigrationSource>>()(
  "@heptad/database/MigrationSets"
) {
  static readonly with = (...sets: ReadonlyArray<MigrationSource>) => Context.make(MigrationSets, sets)
}
