/** Every migration of the sets and of the database. */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { table } from "../table.ts"
import type { Given } from "./flags.ts"
import { asJson } from "./show.ts"
import { withMigrations } from "./work.ts"

export const run = (given: Given) =>
  withMigrations(
    given,
    Effect.fnUntraced(function*({ migrations, sets }) {
      const all = yield* Effect.forEach(sets, (set) =>
        Effect.map(migrations.status(set), (status) =>
          status.map(({ appliedAt, ...rest }) => ({
            set: set.name,
            ...rest,
            ...(appliedAt && { appliedAt: DateTime.formatIso(appliedAt) })
          }))))
      const rows = all.flat()
      yield* Console.log(
        given.json
          ? asJson({ migrations: rows })
          : table(
            ["SET", "ID", "NAME", "STATE", "APPLIED"],
            rows.map(({ appliedAt = "", id, name, set, state }) => [set, id, name, state, appliedAt])
          ).join("\n")
      )
    })
  )
