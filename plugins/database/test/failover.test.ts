/** The loss of a primary, the promotion of a replica, the return of the old primary. Real servers, `kill -9`. */
import { assert, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Database, errorCodeOf } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Tracer from "effect/Tracer"
import * as Metrics from "../src/metrics.ts"
import { connect } from "./connect.ts"
import { experiment, faultsOf } from "./failover/experiment.ts"
import { cluster, kill, promote, run, section } from "./fixtures/replication.ts"

const writes = SqlClient.use((sql) =>
  sql<{ port: number }>`INSERT INTO kept
  VALUES (current_setting('port')::int) RETURNING port`
).pipe(Effect.map(([row]) => row?.port))

/** A statement may be in the air when the server is lost; the next one is not. */
const notInTheAir = <A, R>(effect: Effect.Effect<A, SqlError, R>) =>
  Effect.retry(effect, { times: 3, while: ({ reason }) => reason.operation === "query" })

const roles = Database.use(({ nodes }) => Effect.map(nodes, (all) => all.map(({ role }) => role)))

const until = <E, R>(expected: ReadonlyArray<string>, look: Effect.Effect<ReadonlyArray<string>, E, R>) =>
  Effect.repeat(look, {
    until: (found) => expected.every((each, index) => found[index] === each),
    schedule: Schedule.spaced("10 millis")
  })

/** What was logged as a warning or worse. */
const logged = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn" || logLevel === "Error") lines.push(String(message))
  })])
  return { lines, layer }
}

it.live(
  "writes wait for the promoted primary, and never go to the old one when it comes back as a primary",
  () =>
    Effect.gen(function*() {
      const { primary, replicas, servers, start } = yield* cluster()
      yield* run(primary, "CREATE TABLE kept (port int)")
      const { layer, lines } = logged()
      const span = yield* Effect.gen(function*() {
        const [failovers, splits] = [yield* Metric.value(Metrics.failovers), yield* Metric.value(Metrics.splitBrains)]
        assert.strictEqual(yield* writes, primary.port)
        yield* kill(primary)
        const waiting = yield* Effect.forkChild(
          Effect.withSpan(Effect.andThen(notInTheAir(writes), Effect.currentSpan), "caller")
        )
        const chosen = yield* promote(servers)
        const span = yield* Fiber.join(waiting)
        assert.strictEqual(yield* writes, chosen.port)
        assert.strictEqual((yield* Metric.value(Metrics.failovers)).count - failovers.count, 1)
        const expected = servers.map((server) =>
          server === chosen ? "primary" : server === primary ? "unknown" : "replica"
        )
        yield* until(expected, roles)

        yield* start(primary)
        yield* until(expected.map((role) => role === "unknown" ? "rival" : role), roles)
        assert.strictEqual(yield* writes, chosen.port)
        // It is counted and told behind the change of roles.
        yield* Effect.repeat(Metric.value(Metrics.splitBrains), {
          until: ({ count }) => count - splits.count === 1,
          schedule: Schedule.spaced("10 millis")
        })
        assert.deepStrictEqual(yield* run(primary, `SELECT count(*)::int FROM kept WHERE port <> ${primary.port}`), [[
          0
        ]])
        assert.include(
          lines.find((line) => line.includes("at a time")) ?? lines.join("\n"),
          `database: 127.0.0.1:${chosen.port} and 127.0.0.1:${primary.port} say at a time that they are the primary. ` +
            `127.0.0.1:${chosen.port} was promoted last (timeline 2) and gets the writes; nothing is sent to ` +
            `127.0.0.1:${primary.port}. Stop 127.0.0.1:${primary.port}, and make a replica of it (pg_rewind).`
        )

        // With the promoted one gone too, the old one is still not believed.
        yield* kill(chosen)
        const [other] = replicas.filter((server) => server !== chosen)
        const refused = yield* Effect.flip(notInTheAir(writes))
        assert.strictEqual(errorCodeOf(refused).name, "database.connection_failed")
        for (
          const part of [
            `127.0.0.1:${primary.port}: a primary that was replaced (timeline 1)`,
            `127.0.0.1:${chosen.port}: connection refused`,
            `127.0.0.1:${other?.port}: a replica`,
            "waited 2s. Promote a replica, or start the primary again; it is found by itself."
          ]
        ) assert.include(refused.message, part)
        const health = yield* HealthRegistry.use(({ results }) => results)
        assert.strictEqual(health.find(({ name }) => name === "database_connection")?.status, "fail")
        return span
      }).pipe(
        Effect.provide(Layer.provideMerge(
          connect({
            ...section(servers),
            connection_pool: { connection_timeout: "2s" },
            ha: { failover: { health_check_interval: "50ms" } }
          }),
          layer
        ))
      )
      assert.isTrue(span instanceof Tracer.NativeSpan && span.events.some(([name]) => name === "database.failover"))
    }).pipe(Effect.scoped),
  30_000
)

it.live(
  "a kill -9 of the primary under load loses no acknowledged write and stops no read",
  () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(faultsOf(yield* experiment(5000), 5000), [])
    }),
  30_000
)
