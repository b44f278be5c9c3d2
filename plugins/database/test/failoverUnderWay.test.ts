/** What was under way on the primary in the moment when it was killed, and what begins before another one is promoted. */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { type ChannelEvent, Database, errorCodeOf } from "@heptad/database"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { connect } from "./connect.ts"
import { cluster, kill, promote, run, section, type Server } from "./fixtures/replication.ts"

const often = Schedule.spaced("10 millis")

/** Everybody who writes to the table waits, until the server is lost with the lock. */
const lock = Effect.fnUntraced(function*(server: Server) {
  const { connections: { primary: { database, host, password, user } } } = section([server])
  const session = yield* PgConnection.make({
    host,
    port: server.port,
    database,
    username: user,
    password: Redacted.make(password)
  })
  yield* session.query("BEGIN")
  yield* session.query("LOCK TABLE kept IN ACCESS EXCLUSIVE MODE")
})

const waitingFor = (server: Server, count: number) =>
  Effect.repeat(run(server, "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), {
    until: ([row]) => row?.[0] === count,
    schedule: often
  })

const outcomeOf = <A, R>(effect: Effect.Effect<A, SqlError, R>) =>
  Effect.map(Effect.result(effect), (result) => Result.isSuccess(result) ? "done" : errorCodeOf(result.failure).name)

const under = <A, R>(work: Effect.Effect<A, SqlError, R>) =>
  Effect.forkChild(outcomeOf(work), { startImmediately: true })

const put = (id: number) => SqlClient.use((sql) => sql`INSERT INTO kept VALUES (${id}) ON CONFLICT DO NOTHING`)

const line = new TextEncoder().encode("1\n")

/** All that waits for the lock, each with the outcome that it must have and the rows that it leaves. */
const writes = Effect.gen(function*() {
  const sql = yield* SqlClient
  const { copyIn, executeBatch, inserter, transaction } = yield* Database
  const insert = inserter("kept")
  const rows = (...ids: ReadonlyArray<number>) =>
    Effect.forEach(ids, (id) => insert({ id }), { concurrency: "unbounded", discard: true })
  const statements = (...ids: ReadonlyArray<number>) => ids.map((id) => sql`INSERT INTO kept VALUES (${id})`)
  return [
    { fiber: yield* under(put(1)), outcome: "database.connection_lost", kept: [] },
    { fiber: yield* under(Database.idempotent(put(2))), outcome: "done", kept: [2] },
    { fiber: yield* under(executeBatch(statements(3, 4))), outcome: "done", kept: [3, 4] },
    {
      fiber: yield* under(transaction({ retry: false })(put(5))),
      outcome: "database.connection_lost",
      kept: []
    },
    { fiber: yield* under(rows(6, 7)), outcome: "database.connection_lost", kept: [] },
    { fiber: yield* under(Database.idempotent(rows(8, 9))), outcome: "done", kept: [8, 9] },
    {
      fiber: yield* under(copyIn({ table: "kept" }, Stream.make(line))),
      outcome: "database.connection_lost",
      kept: []
    }
  ]
})

/** Two COPYs that have begun, and go on when the server is lost. */
const copies = Effect.fnUntraced(function*(gone: Deferred.Deferred<void>) {
  const { copyIn, copyOut } = yield* Database
  const [begun, read] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const hold = (reached: Deferred.Deferred<void>) =>
    Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(gone))
  const lines = Stream.concat(Stream.make(line), Stream.drain(Stream.fromEffect(hold(begun))))
  const fibers = [
    yield* under(copyIn({ table: "copied" }, Stream.concat(lines, Stream.forever(Stream.make(line))))),
    yield* under(Stream.runForEach(
      copyOut({ query: "SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) n" }),
      () => hold(read)
    ))
  ]
  yield* Effect.all([Deferred.await(begun), Deferred.await(read)])
  return fibers
})

/** Who listens, on whichever server, as the server says. */
const listening = (server: Server) =>
  Effect.repeat(
    run(server, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'heptad-listen' AND query LIKE 'LISTEN%'"),
    { until: (rows) => rows.length === 1, schedule: often }
  )

const nothingIsLeft = Effect.fnUntraced(function*(server: Server) {
  const { pools } = yield* Database
  for (const { active, holders, waiting } of yield* pools) {
    assert.deepStrictEqual({ active, holders, waiting }, {
      active: 0,
      holders: [],
      waiting: { high: 0, normal: 0, low: 0 }
    })
  }
  const left = run(
    server,
    "SELECT application_name, query FROM pg_stat_activity WHERE application_name LIKE 'heptad%' AND " +
      "(state <> 'idle' OR application_name = 'heptad-copy')"
  )
  yield* Effect.repeat(left, { until: (rows) => rows.length === 0, schedule: often, times: 300 })
  assert.deepStrictEqual(yield* left, [])
})

/** What is heard on a channel, and on which server its session is. */
const hearing = Effect.fnUntraced(function*(server: Server) {
  const { notifications } = yield* Database
  const events = yield* Queue.unbounded<ChannelEvent>()
  yield* Effect.forkScoped(Stream.runForEach(notifications("news"), (event) => Queue.offer(events, event)))
  yield* listening(server)
  return events
})

/** The next event is a gap, and after it everything is heard that is sent on the new primary. */
const goesOn = Effect.fnUntraced(function*(events: Queue.Dequeue<ChannelEvent>, chosen: Server) {
  const gap = yield* Queue.take(events)
  yield* run(chosen, "SELECT pg_notify('news', 'again')")
  assert.deepStrictEqual(yield* Queue.take(events), { _tag: "Notification", channel: "news", payload: "again" })
  return gap
})

const loseIt = Effect.fnUntraced(function*(primary: Server, servers: ReadonlyArray<Server>) {
  const { copyIn } = yield* Database
  const gone = yield* Deferred.make<void>()
  const events = yield* hearing(primary)
  yield* lock(primary)
  const written = yield* writes
  const copied = yield* copies(gone)
  yield* waitingFor(primary, written.length)

  yield* kill(primary)
  yield* Deferred.succeed(gone, undefined)
  const late = [yield* under(put(20)), yield* under(copyIn({ table: "copied" }, Stream.make(line)))]
  const chosen = yield* promote(servers)

  assert.deepStrictEqual(
    yield* Effect.forEach(written, ({ fiber }) => Fiber.join(fiber)),
    written.map(({ outcome }) => outcome)
  )
  assert.deepStrictEqual(yield* Effect.forEach(copied, Fiber.join), [
    "database.connection_lost",
    "database.connection_lost"
  ])
  assert.deepStrictEqual(yield* Effect.forEach(late, Fiber.join), ["done", "done"])
  const kept = [...written.flatMap((each) => each.kept), 20]
  assert.deepStrictEqual(yield* run(chosen, "SELECT id FROM kept ORDER BY id"), kept.map((id) => [id]))
  assert.deepStrictEqual(yield* run(chosen, "SELECT count(*)::int FROM copied"), [[1]])

  assert.strictEqual((yield* goesOn(events, chosen))._tag, "Gap")
  yield* nothingIsLeft(chosen)
})

const ha = { failover: { health_check_interval: "100ms" } }

it.live(
  "a failover in the middle of everything: what may be done again is there once, the rest fails typed and left nothing",
  () =>
    Effect.gen(function*() {
      const { primary, servers } = yield* cluster()
      yield* run(primary, "CREATE TABLE kept (id int PRIMARY KEY)", "CREATE TABLE copied (id int)")
      yield* Effect.provide(Effect.scoped(loseIt(primary, servers)), connect({ ...section(servers), ha }))
    }).pipe(Effect.scoped),
  30_000
)

it.live(
  "a promotion beside a primary that lives on takes listeners along: nothing is heard of the old one any more",
  () =>
    Effect.gen(function*() {
      const { primary, replicas, servers } = yield* cluster()
      const test = Effect.gen(function*() {
        const events = yield* hearing(primary)
        const chosen = yield* promote(replicas)
        assert.deepStrictEqual(yield* goesOn(events, chosen), {
          _tag: "Gap",
          channel: "news",
          reason: "writes go to another server now."
        })
        assert.lengthOf(yield* listening(chosen), 1)
        const old = run(primary, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'heptad-listen'")
        yield* Effect.repeat(old, { until: (rows) => rows.length === 0, schedule: often, times: 300 })
        assert.deepStrictEqual(yield* old, [])
      })
      yield* Effect.provide(Effect.scoped(test), connect({ ...section(servers), ha }))
    }).pipe(Effect.scoped),
  30_000
)
