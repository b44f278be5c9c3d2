/** What the verbs of `heptad migrate` have in common: the sets, and migrations on the server that was met. */
import type { Migrations, MigrationSource, MigrationStatus } from "@heptad/database"
import { DatabaseTools } from "@heptad/database/plugin"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { compose, connect } from "../database/connection.ts"
import * as talk from "../database/talk.ts"
import type { Given } from "./flags.ts"
import { setsOf } from "./sets.ts"

export interface Work {
  readonly migrations: Migrations["Service"]
  readonly sets: ReadonlyArray<MigrationSource>
}

/** Where a folder is given the app's plugins are not loaded. */
export const withMigrations = <A, E, R>(given: Given, work: (work: Work) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const composed = yield* compose(given, Option.isNone(given.dir))
    const sets = yield* setsOf(given, composed.plugins)
    const server = yield* connect(composed)
    return yield* work({ migrations: DatabaseTools.migrations(server, composed.config), sets })
  }).pipe(Effect.scoped, Effect.provide(talk.layer))

export interface Applied extends MigrationStatus {
  readonly set: MigrationSource
}

const millisOf = ({ appliedAt }: MigrationStatus): number =>
  appliedAt === undefined ? 0 : DateTime.toEpochMillis(appliedAt)

/** The last applied ones of all sets, the newest first. */
export const lastApplied = Effect.fnUntraced(function*({ migrations, sets }: Work, most: number) {
  const all = yield* Effect.forEach(
    sets,
    (set) =>
      Effect.map(
        migrations.status(set),
        (status) => status.filter(({ state }) => state !== "pending").map((each): Applied => ({ ...each, set }))
      )
  )
  return all.flat().toSorted((a, b) => millisOf(b) - millisOf(a) || b.id - a.id).slice(0, most)
})
