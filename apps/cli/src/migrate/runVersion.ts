/** The last applied migration of each set. */
import { DatabaseTools } from "@heptad/database/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { table } from "../table.ts"
import type { Given } from "./flags.ts"
import { asJson } from "./show.ts"
import { withMigrations } from "./work.ts"

export const run = (given: Given) =>
  withMigrations(
    given,
    Effect.fnUntraced(function*({ migrations, sets }) {
      const versions = yield* Effect.forEach(sets, (set) =>
        Effect.map(migrations.status(set), (status) => {
          const { id = 0, name = "" } = DatabaseTools.versionOf(status) ?? {}
          const pending = status.filter(({ state }) => state === "pending").length
          return { set: set.name, version: id, name, pending }
        }))
      yield* Console.log(
        given.json
          ? asJson({ versions })
          : table(
            ["SET", "VERSION", "NAME", "PENDING"],
            versions.map(({ name, pending, set, version }) => [set, version, name, pending])
          ).join("\n")
      )
    })
  )
