import { assert, it } from "@effect/vitest"
import { type CopyInto, Database, errorCodeOf } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { connect } from "./connect.ts"
import { each } from "./fixtures/cutter.ts"
import { type CutWay, onCutWay } from "./fixtures/cutWay.ts"

const on = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(TestDatabase.fresh, (coordinates) => Effect.provide(test, connect(TestDatabase.settings(coordinates))))

const encode = (text: string) => new TextEncoder().encode(text)

const target: CopyInto = { table: ["public", "odd \"name\""], columns: ["id", "text"], format: "csv" }

const create = SqlClient.use((sql) => sql`CREATE TABLE "odd ""name""" (id int PRIMARY KEY, text text)`)

/** So many rows of about a kilobyte; `made` counts them as they are asked for. */
const rows = (count: number, made = { rows: 0 }) =>
  Stream.map(Stream.rechunk(Stream.range(1, count), 16), (id) => {
    made.rows++
    return encode(`${id},${"x".repeat(1000)}\n`)
  })

const kept = SqlClient.use((sql) => sql`SELECT count(*)::int AS n FROM "odd ""name"""`)

const copySessions = (way: Pick<CutWay, "beside">) =>
  Effect.repeat(
    way.beside(
      "SELECT query FROM pg_stat_activity WHERE application_name = 'heptad-copy' AND datname = current_database()"
    ),
    { until: (found) => found.length === 0, schedule: Schedule.spaced("10 millis"), times: 300 }
  )

it.live("COPY takes a stream in and gives it back, whole, in every format", () =>
  on(Effect.gen(function*() {
    yield* create
    const { copyIn, copyOut } = yield* Database
    assert.strictEqual(yield* copyIn(target, rows(5000)), 5000)
    const sizes = Stream.runFold(copyOut(target), () => 0, (sum, bytes) => sum + bytes.length)
    assert.strictEqual(yield* sizes, 5000 * 1002 + 9 + 2 * 90 + 3 * 900 + 4 * 4001)
    const [query] = yield* Stream.runCollect(copyOut({ query: `SELECT id FROM "odd ""name""" WHERE id = 7` }))
    assert.strictEqual(new TextDecoder().decode(query), "7\n")
    const binary: CopyInto = { table: "copied", format: "binary" }
    const sql = yield* SqlClient
    yield* sql`CREATE TABLE copied (LIKE "odd ""name""")`
    assert.strictEqual(yield* copyIn(binary, copyOut({ ...target, format: "binary" })), 5000)
    assert.strictEqual(yield* copyIn(target, Stream.empty), 0)
  })))

it.live("a COPY is read only as fast as the server takes it, and sent only as fast as it is read", () =>
  on(
    Effect.gen(function*() {
      yield* create
      const sql = yield* SqlClient
      const { copyIn, copyOut } = yield* Database
      yield* sql`INSERT INTO "odd ""name""" SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n`
      const first = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const slow = Stream.runForEach(copyOut(target), () =>
        Effect.andThen(Deferred.succeed(first, undefined), Deferred.await(go)))
      const reader = yield* Effect.forkChild(slow)
      yield* Deferred.await(first)
      const stuck = sql`SELECT wait_event FROM pg_stat_activity WHERE application_name = 'heptad-copy'
      AND datname = current_database() AND wait_event = 'ClientWrite'`
      yield* Effect.repeat(stuck, {
        until: (found) =>
          found.length === 1,
        schedule: Schedule.spaced("10 millis"),
        times: 500
      })
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(reader)

      const holder = yield* sql.reserve
      const hold = (call: string) => holder.executeUnprepared(`SELECT pg_advisory_${call}(7)`, [], undefined)
      yield* sql`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END'`
      yield* sql`CREATE TRIGGER waiting BEFORE INSERT ON "odd ""name""" FOR EACH ROW EXECUTE FUNCTION wait()`
      yield* hold("lock")
      const made = { rows: 0 }
      const writer = yield* Effect.forkChild(copyIn(target, rows(1e9, made)))
      let before = -1
      const still = Effect.sync(() => {
        const same = made.rows > 0 && made.rows === before
        before = made.rows
        return same
      })
      yield* Effect.repeat(still, { until: (same) => same, schedule: Schedule.spaced("100 millis"), times: 100 })
      assert.isBelow(made.rows, 20_000)
      yield* hold("unlock")
      yield* Fiber.interrupt(writer)
    }).pipe(Effect.scoped)
  ))

it.live("an error in the middle of a COPY leaves nothing: of the stream, of the server, of the caller", () =>
  on(Effect.gen(function*() {
    yield* create
    const sql = yield* SqlClient
    const { copyIn, copyOut } = yield* Database
    const failing = Stream.concat(rows(5000), Stream.fail("no more"))
    assert.strictEqual(yield* Effect.flip(copyIn(target, failing)), "no more")
    const twice = Stream.concat(rows(5000), rows(5000))
    const error = yield* Effect.flip(copyIn(target, twice))
    assert.strictEqual(
      error.message,
      `duplicate key value violates unique constraint "odd "name"_pkey" (SQLSTATE 23505, schema public, table odd "name"). ` +
        `Choose another value, or use ON CONFLICT.`
    )
    const malformed = yield* Effect.flip(copyIn(target, Stream.make(encode("secret-value,1\n"))))
    assert.strictEqual(errorCodeOf(malformed).name, "database.query_failed")
    assert.notInclude(malformed.message, "secret")
    const missing = yield* Effect.flip(Stream.runDrain(copyOut({ table: "nowhere" })))
    assert.strictEqual(errorCodeOf(missing).name, "database.query_syntax")
    const started = yield* Deferred.make<void>()
    const endless = Stream.tap(rows(1e9), () => Deferred.succeed(started, undefined))
    const interrupted = yield* Effect.forkChild(copyIn(target, endless))
    yield* Deferred.await(started)
    yield* Fiber.interrupt(interrupted)
    assert.isTrue(Exit.hasDies(yield* Effect.exit(sql.withTransaction(copyIn(target, rows(1))))))
    assert.deepStrictEqual(yield* kept, [{ n: 0 }])
  })))

it.live("a COPY whose session breaks fails typed and leaves neither rows nor a session", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      yield* create
      const { copyIn, copyOut } = yield* Database
      for (const [direction, n] of [["to server", 2], ["to server", 9], ["to client", 5], ["to client", 14]] as const) {
        way.cutter.cutWhere(each(direction, n))
        const error = yield* Effect.flip(copyIn(target, rows(200)))
        assert.include(["database.connection_failed", "database.connection_lost"], errorCodeOf(error).name)
      }
      way.cutter.cutWhere(() => false)
      const killed = Stream.tap(rows(1e6), () =>
        way.beside("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heptad-copy'"))
      assert.strictEqual(errorCodeOf(yield* Effect.flip(copyIn(target, killed))).name, "database.connection_lost")
      assert.deepStrictEqual(yield* kept, [{ n: 0 }])
      yield* copyIn(target, rows(5000))
      way.cutter.cutWhere(each("to client", 500))
      const out = yield* Effect.flip(Stream.runDrain(copyOut(target)))
      assert.strictEqual(errorCodeOf(out).name, "database.connection_lost")
      way.cutter.cutWhere(() =>
        false
      )
      assert.lengthOf(yield* Stream.runCollect(Stream.take(copyOut(target), 3)), 3)
      assert.deepStrictEqual(yield* copySessions(way), [])
    })
  ))
