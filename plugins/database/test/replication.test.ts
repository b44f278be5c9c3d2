import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cluster, kill, promote, run } from "./fixtures/replication.ts"

it.live("a promoted replica has what was acknowledged before its primary was killed, and the other follows it", () =>
  Effect.gen(function*() {
    const { primary, servers } = yield* cluster()
    yield* run(primary, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (1)")
    yield* kill(primary)
    const chosen = yield* promote(servers)
    yield* run(chosen, "INSERT INTO kept VALUES (2)")
    const [other] = servers.filter((server) => server !== primary && server !== chosen)
    if (other === undefined) return assert.fail("there is no other replica")
    yield* Effect.repeat(run(other, "SELECT id FROM kept ORDER BY id"), { until: (rows) => rows.length === 2 })
  }).pipe(Effect.scoped))
