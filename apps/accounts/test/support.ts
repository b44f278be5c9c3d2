/** Accounts on a real PostgreSQL, and what tests ask of it. */
import { Migrations } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import { Permissions } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { AccountsConfig } from "../src/config.ts"
import * as SqlPermissions from "../src/internal/SqlPermissions.ts"
import { migrations } from "../src/migrations.ts"

export const settings = (written: (typeof AccountsConfig)["Encoded"] = {}) => Schema.decodeSync(AccountsConfig)(written)

export const migrated = Layer.effectDiscard(Migrations.use(({ up }) => up(migrations)))

export const accounts = SqlPermissions.layer(settings()).pipe(
  Layer.provide(migrated),
  Layer.provideMerge(TestDatabase.layer)
)

const principal = (subject: string, ...roles: ReadonlyArray<string>) => ({
  subject,
  roles,
  method: "jwt" as const,
  claims: {}
})

export const allows = (subject: string, roles: ReadonlyArray<string>, permission: string) =>
  Permissions.use((permissions) => permissions.allows(principal(subject, ...roles), permission))

const valueOf = (name: string) =>
  Effect.map(Metric.snapshot, (series) =>
    series.filter(({ id }) => id === name).reduce(
      (sum, { state }) => sum + Number("count" in state ? state.count : Reflect.get(state, "value")),
      0
    ))

/** How often the database was asked meanwhile. */
export const loads = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* valueOf("permissions_loads_total")
    yield* effect
    return (yield* valueOf("permissions_loads_total")) - before
  })

/** Asks again until the answer is yes; the timeout of the test is the deadline. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(condition, { until: (met) => met, schedule: Schedule.spaced("5 millis") })

/** Waits until changes are heard of, so that permissions are remembered. */
export const remembering = until(
  Effect.map(loads(Effect.all([allows("nobody", [], "a:b"), allows("nobody", [], "a:b")])), (count) => count < 2)
)
