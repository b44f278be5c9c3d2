/** Where statements go when there are several servers, and what happens when one of them is lost. Real servers. */
import { assert, layer } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Database } from "@heptad/database"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import * as Metrics from "../src/metrics.ts"
import { connect } from "./connect.ts"
import { cluster, run, section } from "./fixtures/replication.ts"

class Cluster extends Context.Service<Cluster, Effect.Success<ReturnType<typeof cluster>>>()("test/Cluster") {}

const started = Layer.effect(
  Cluster,
  Effect.tap(cluster(), ({ primary }) => run(primary, "CREATE TABLE kept (id int)"))
)

const often = { health_check_interval: "100ms" }

/** An app on the servers of the file. */
const on = <A, E, R>(ha: Record<string, unknown>, test: Effect.Effect<A, E, R>, more: Record<string, unknown> = {}) =>
  Effect.flatMap(Cluster, ({ servers }) => Effect.provide(test, connect({ ...section(servers), ha, ...more })))

const where = SqlClient.use((sql) => sql<{ port: number }>`SELECT current_setting('port')::int AS port`).pipe(
  Effect.map(([row]) => row?.port)
)

const ports = (count: number) => Effect.all(Array.from({ length: count }, () => where))

/** Until every server was asked, and the replicas are near. */
const settled = Effect.gen(function*() {
  const { nodes } = yield* Database
  yield* Effect.repeat(nodes, {
    until: (all) => all.filter(({ lagMillis, role }) => role === "replica" && lagMillis !== undefined).length === 2,
    schedule: Schedule.spaced("10 millis")
  })
})

const reads = (replicas: Record<string, unknown>, failover: Record<string, unknown> = often) => ({
  read_replicas: { enabled: true, ...replicas },
  failover
})

const health = (name: string) =>
  HealthRegistry.use(({ results }) => Effect.map(results, (all) => all.find((each) => each.name === name)))

layer(started, { excludeTestServices: true })("several servers", (it) => {
  it.effect("reads go to each replica in turn, writes and transactions to the primary", () =>
    on(
      reads({}),
      Effect.gen(function*() {
        const { primary, replicas } = yield* Cluster
        const sql = yield* SqlClient
        yield* settled
        const [first, second, third] = yield* ports(3)
        assert.strictEqual(first, third)
        assert.sameMembers([first, second], replicas.map(({ port }) => port))
        assert.strictEqual(yield* sql.withTransaction(where), primary.port)
        yield* sql`INSERT INTO kept VALUES (1)`
        yield* Effect.forkChild(where).pipe(Effect.flatMap(Fiber.join))
      })
    ))

  it.effect("without read_replicas.enabled every statement goes to the primary, unless the caller says otherwise", () =>
    on(
      { failover: often },
      Effect.gen(function*() {
        const { primary, replicas } = yield* Cluster
        const sql = yield* SqlClient
        yield* settled
        assert.deepStrictEqual(yield* ports(2), [primary.port, primary.port])
        const elsewhere = yield* Database.onReplica(sql.withTransaction(where))
        assert.include(replicas.map(({ port }) => port), elsewhere)
        const refused = yield* Effect.flip(Database.onReplica(sql`INSERT INTO kept VALUES (2)`))
        assert.match(String(refused.reason.cause), /cannot execute INSERT in a read-only transaction/)
      })
    ))

  it.effect("random and least_connections choose among the replicas", () =>
    Effect.gen(function*() {
      const { replicas } = yield* Cluster
      const known = replicas.map(({ port }) => port)
      for (const load_balancing of ["random", "least_connections"]) {
        const found = yield* on(reads({ load_balancing }), Effect.andThen(settled, ports(8)))
        assert.includeMembers(known, [...new Set(found)].map(Number))
      }
      const busy = Effect.gen(function*() {
        yield* settled
        const sql = yield* SqlClient
        const slow = yield* Database.onReplica(sql`SELECT pg_sleep(5)`).pipe(
          Effect.forkChild({ startImmediately: true })
        )
        const others = yield* ports(4)
        yield* Fiber.interrupt(slow)
        return others
      })
      assert.lengthOf([...new Set(yield* on(reads({ load_balancing: "least_connections" }), busy))], 1)
    }))

  it.effect("who has written reads from the primary until the replicas have it; others read from replicas", () =>
    on(
      reads({}, { health_check_interval: "1h" }),
      Effect.gen(function*() {
        const { primary, replicas } = yield* Cluster
        const sql = yield* SqlClient
        yield* settled
        const written = yield* Effect.gen(function*() {
          yield* Effect.forkChild(sql`INSERT INTO kept VALUES (3)`).pipe(Effect.flatMap(Fiber.join))
          return yield* where
        }).pipe(Effect.withSpan("request"))
        assert.strictEqual(written, primary.port)
        assert.include(replicas.map(({ port }) => port), yield* where)
        yield* sql`INSERT INTO kept VALUES (4)`
        assert.strictEqual(yield* where, primary.port)
      })
    ))

  it.effect("who has written by an inserter or by COPY reads from the primary, too", () =>
    on(
      reads({}, { health_check_interval: "1h" }),
      Effect.gen(function*() {
        const { primary, replicas } = yield* Cluster
        const { copyIn, inserter } = yield* Database
        yield* settled
        const insert = inserter("kept")
        const copied = copyIn({ table: "kept" }, Stream.make(new TextEncoder().encode("7\n")))
        for (const write of [Effect.asVoid(insert({ id: 6 })), Effect.asVoid(copied)]) {
          const writer = yield* Effect.forkChild(Effect.andThen(write, where))
          assert.strictEqual(yield* Fiber.join(writer), primary.port)
          assert.include(replicas.map(({ port }) => port), yield* where)
        }
      })
    ))

  it.effect("a row that is sent to a replica takes no other one along", () =>
    on(
      reads({}),
      Effect.gen(function*() {
        yield* settled
        const insert = (yield* Database).inserter("kept")
        const [refused, kept] = yield* Effect.all([
          Effect.exit(Database.onReplica(insert({ id: 8 }))),
          Effect.exit(insert({ id: 9 }))
        ], { concurrency: "unbounded" })
        assert.isTrue(Exit.isFailure(refused))
        assert.isTrue(Exit.isSuccess(kept))
      })
    ))

  it.effect("listening to a server that is a replica is refused with its words, and is not a defect", () =>
    Effect.gen(function*() {
      const { replicas: [replica] } = yield* Cluster
      if (replica === undefined) return assert.fail("no replica")
      const listening = Database.use(({ listen }) => listen("news"))
      const error = yield* Effect.flip(Effect.provide(Effect.scoped(listening), connect(section([replica]))))
      assert.include(error.message, "cannot execute LISTEN during recovery")
    }))

  it.effect("who has written reads from replicas again when they have it", () =>
    on(
      reads({}),
      Effect.gen(function*() {
        const { primary } = yield* Cluster
        yield* settled
        yield* SqlClient.use((sql) => sql`INSERT INTO kept VALUES (5)`)
        yield* Effect.repeat(where, {
          until: (port) => port !== primary.port,
          schedule: Schedule.spaced("10 millis")
        })
        const rows = yield* SqlClient.use((sql) => sql`SELECT id FROM kept WHERE id = 5`)
        assert.lengthOf(rows, 1)
      })
    ))

  it.effect("a read that writes after all is refused by the replica and goes to the primary once", () =>
    on(
      reads({}),
      Effect.gen(function*() {
        const { primary } = yield* Cluster
        yield* run(
          primary,
          `CREATE OR REPLACE FUNCTION keep(int) RETURNS int LANGUAGE sql AS 'INSERT INTO kept VALUES ($1) RETURNING id'`
        )
        yield* settled
        const before = (yield* Metric.value(Metrics.redirectedReads)).count
        assert.deepStrictEqual(yield* SqlClient.use((sql) => sql`SELECT keep(6) AS id`), [{ id: 6 }])
        assert.strictEqual((yield* Metric.value(Metrics.redirectedReads)).count - before, 1)
        assert.strictEqual(yield* where, primary.port)
      })
    ))

  it.effect("a stream of a read comes from a replica", () =>
    on(
      reads({}),
      Effect.gen(function*() {
        const { replicas } = yield* Cluster
        const sql = yield* SqlClient
        yield* settled
        const rows = yield* Stream.runCollect(
          sql<{ port: number }>`SELECT current_setting('port')::int AS port FROM generate_series(1, 100)`.stream
        )
        assert.lengthOf(rows, 100)
        assert.include(replicas.map(({ port }) => port), rows[0]?.port)
      })
    ))

  it.effect("endpoints as host:port are servers too, with the credentials of the primary", () =>
    Effect.gen(function*() {
      const { replicas, servers } = yield* Cluster
      const { connections: { primary } } = section(servers)
      const endpoints = replicas.map(({ port }) => `127.0.0.1:${port}`)
      const found = yield* on(
        { read_replicas: { enabled: true, endpoints }, failover: often },
        Effect.andThen(settled, ports(2)),
        { connections: { primary } }
      )
      assert.sameMembers(found, replicas.map(({ port }) => port))
    }))

  it.effect("a replica that is behind by more than max_lag gets no reads, and readiness names it as degraded", () =>
    on(
      reads({ max_lag: "1s" }),
      Effect.gen(function*() {
        const { replicas } = yield* Cluster
        const [behind, near] = replicas
        if (behind === undefined || near === undefined) return assert.fail("there are two")
        yield* settled
        yield* run(behind, "SELECT pg_wal_replay_pause()")
        yield* SqlClient.use((sql) => sql`INSERT INTO kept VALUES (7)`)
        const complaint = yield* Effect.repeat(health("database_replicas"), {
          until: (result) => result?.status === "warn" || result?.status === "fail",
          schedule: Schedule.spaced("10 millis")
        })
        assert.match(complaint?.reason ?? "", new RegExp(`^127\\.0\\.0\\.1:${behind.port}: it is \\d+ ms behind$`))
        assert.strictEqual(complaint?.criticality, "degrading")
        assert.deepStrictEqual([...new Set(yield* Effect.forkChild(ports(4)).pipe(Effect.flatMap(Fiber.join)))], [
          near.port
        ])
        yield* run(behind, "SELECT pg_wal_replay_resume()")
        yield* Effect.repeat(health("database_replicas"), {
          until: (result) => result?.status === "pass",
          schedule: Schedule.spaced("10 millis")
        })
      })
    ), 20_000)
})
