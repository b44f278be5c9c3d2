/** What changes with the settings of several servers while the app runs. A title starts with the key that it proves. */
import { assert, layer } from "@effect/vitest"
import { changingSettings } from "@heptad/common/testing"
import { Database, errorCodeOf } from "@heptad/database"
import { DatabasePlugin } from "@heptad/database/plugin"
import { Kernel, type LiveSettings } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import { cluster, kill, promote, run, section, type Server } from "./fixtures/replication.ts"
import { Common } from "./memory.ts"

class Cluster extends Context.Service<Cluster, Effect.Success<ReturnType<typeof cluster>>>()("test/Cluster") {}

const started = Layer.effect(
  Cluster,
  Effect.tap(cluster(), ({ primary }) => run(primary, "CREATE TABLE kept (id int)"))
)

interface HighAvailability {
  readonly read_replicas?: Readonly<Record<string, unknown>>
  readonly failover?: Readonly<Record<string, unknown>>
}

type Change = (next: HighAvailability) => Effect.Effect<unknown, unknown, LiveSettings>

/** An app on these servers, the first of them as the configured primary. */
const running = <A, E, R>(
  servers: ReadonlyArray<Server>,
  first: HighAvailability,
  test: (change: Change) => Effect.Effect<A, E, R>
) => {
  const sections = ({ failover, read_replicas }: HighAvailability) => ({
    database: {
      ...section(servers),
      execution: { max_retry_attempts: 0 },
      ha: {
        read_replicas: { enabled: true, ...read_replicas },
        failover: { health_check_interval: "50ms", ...failover }
      }
    }
  })
  const settings = changingSettings(sections(first))
  return Effect.provide(
    test((next) => settings.change(sections(next))),
    Kernel.layer([Common, DatabasePlugin]).pipe(Layer.provide(settings.layer))
  )
}

const where = SqlClient.use((sql) => sql<{ port: number }>`SELECT current_setting('port')::int AS port`).pipe(
  Effect.map(([row]) => row?.port)
)

const write = SqlClient.use((sql) => sql`INSERT INTO kept VALUES (1)`)

const soon = Schedule.spaced("10 millis")

/** Both replicas were asked, and are near. */
const settled = Effect.gen(function*() {
  const { nodes } = yield* Database
  yield* Effect.repeat(nodes, {
    until: (all) => all.filter(({ lagMillis }) => lagMillis !== undefined).length === 2,
    schedule: soon
  })
})

layer(started, { excludeTestServices: true })("settings of several servers", (it) => {
  it.effect("database.ha.read_replicas.enabled: the next read goes to a replica", () =>
    Effect.flatMap(
      Cluster,
      ({ primary, servers }) =>
        running(servers, { read_replicas: { enabled: false } }, (change) =>
          Effect.gen(function*() {
            yield* settled
            assert.strictEqual(yield* where, primary.port)
            yield* change({})
            assert.notStrictEqual(yield* where, primary.port)
          }))
    ))

  it.effect("database.ha.read_replicas.load_balancing: the next read is given in the new way", () =>
    Effect.flatMap(
      Cluster,
      ({ servers }) =>
        running(servers, { read_replicas: { load_balancing: "least_connections" } }, (change) =>
          Effect.gen(function*() {
            yield* settled
            assert.strictEqual(yield* where, yield* where)
            yield* change({ read_replicas: { load_balancing: "round_robin" } })
            assert.notStrictEqual(yield* where, yield* where)
          }))
    ))

  it.effect("database.ha.read_replicas.max_lag: the next read goes to a replica that is far behind", () =>
    Effect.flatMap(
      Cluster,
      ({ primary, replicas, servers }) =>
        running(servers, { read_replicas: { max_lag: "0s" } }, (change) =>
          Effect.gen(function*() {
            yield* settled
            for (const server of replicas) yield* run(server, "SELECT pg_wal_replay_pause()")
            yield* Effect.forkChild(write).pipe(Effect.flatMap(Fiber.join))
            yield* Effect.repeat(where, { until: (port) => port === primary.port, schedule: soon })
            yield* change({ read_replicas: { max_lag: "1h" } })
            assert.notStrictEqual(yield* where, primary.port)
          }).pipe(Effect.ensuring(Effect.orDie(
            Effect.forEach(replicas, (server) => run(server, "SELECT pg_wal_replay_resume()"))
          ))))
    ))

  it.effect("database.ha.failover.enabled: writes find the primary among the servers", () =>
    Effect.flatMap(
      Cluster,
      ({ servers }) =>
        running(servers.toReversed(), { failover: { enabled: false } }, (change) =>
          Effect.gen(function*() {
            assert.match(String((yield* Effect.flip(write)).reason.cause), /read-only transaction/)
            yield* change({})
            yield* Effect.retry(write, { schedule: soon })
          }))
    ))

  it.effect("database.ha.failover.max_failover_attempts: the next write waits for a promoted primary", () =>
    Effect.flatMap(
      Cluster,
      ({ primary, servers }) =>
        running(servers, { failover: { max_failover_attempts: 0 } }, (change) =>
          Effect.gen(function*() {
            yield* write
            yield* kill(primary)
            // Sessions that were open are found dead first.
            const refused = yield* Effect.repeat(Effect.flip(write), {
              until: ({ reason }) => reason.operation === "connect"
            })
            assert.strictEqual(errorCodeOf(refused).name, "database.connection_failed")
            yield* change({})
            const waiting = yield* Effect.forkChild(write, { startImmediately: true })
            yield* promote(servers)
            yield* Fiber.join(waiting)
          }))
    ))
})
