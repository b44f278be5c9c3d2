/** A backend is killed, or the connection cut, in the middle of everything that uses a session; afterwards nothing is left over. */
import { assert, it } from "@effect/vitest"
import { type CopyInto, Database, errorCodeOf } from "@heptad/database"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { each, once, onceAt } from "./fixtures/cutter.ts"
import { type CutWay, onCutWay } from "./fixtures/cutWay.ts"

const codeOf = <R>(effect: Effect.Effect<unknown, SqlError, R>) =>
  Effect.map(Effect.flip(effect), (error) => errorCodeOf(error).name)

/** Ends the sessions of the pool that run this text, as soon as there is one. */
const kill = ({ beside }: CutWay, running: string) =>
  Effect.repeat(
    beside(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heptad' ` +
        `AND datname = current_database() AND query LIKE '%${running}%'`
    ),
    { until: (rows) => rows.length > 0, schedule: Schedule.spaced("5 millis") }
  )

it.live("connect: a cut at each of its messages is a failed connection", () =>
  onCutWay(({ cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      for (const [direction, messages] of [["to server", 3], ["to client", 6]] as const) {
        for (let n = 1; n <= messages; n++) {
          cutter.cutWhere(each(direction, n))
          assert.strictEqual(yield* codeOf(sql`SELECT 1`), "database.connection_failed", `${direction} ${n}`)
        }
      }
      assert.isAtLeast(cutter.cuts(), 9)
    })
  ))

it.live("query: a killed backend and a cut in both directions are a lost session", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      for (const direction of ["to server", "to client"] as const) {
        way.cutter.cutWhere(onceAt(direction, "twenty"))
        const error = yield* Effect.flip(sql`SELECT 'twenty' AS n`)
        assert.strictEqual(errorCodeOf(error).name, "database.connection_lost")
        assert.strictEqual(
          error.message,
          "The database session was lost (the connection was closed). Nothing of an open transaction was kept; whether a " +
            "statement outside of one took effect is not known. Look before you repeat it, or mark what may be repeated " +
            "with Database.idempotent."
        )
      }
      const asleep = yield* Effect.forkChild(codeOf(sql`SELECT pg_sleep(60)`))
      yield* kill(way, "pg_sleep(60)")
      assert.strictEqual(yield* Fiber.join(asleep), "database.connection_lost")
    })
  ))

it.live("transaction: however its session ends, in a statement or between two, it fails typed and nothing is kept", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const insert = sql`INSERT INTO kept VALUES (1)`
      const killed = sql.withTransaction(insert.pipe(
        Effect.andThen(sql.withTransaction(Effect.andThen(insert, kill(way, "kept")))),
        // The last words of the server arrive while nobody asks anything.
        Effect.andThen(Effect.sleep("20 millis")),
        Effect.andThen(sql`SELECT 1`)
      ))
      assert.strictEqual(yield* codeOf(killed), "database.connection_lost")
      const killedBeforeCommit = sql.withTransaction(
        insert.pipe(Effect.andThen(kill(way, "kept")), Effect.andThen(Effect.sleep("20 millis")))
      )
      assert.strictEqual(yield* codeOf(killedBeforeCommit), "database.connection_lost")
      const wrong = sql`SELECT 1 / 0`
      for (
        const [text, work, code] of [
          ["ROLLBACK", Effect.asVoid(wrong), "database.query_failed"],
          ["SAVEPOINT effect", Effect.asVoid(sql.withTransaction(insert)), "database.connection_lost"],
          ["RELEASE", Effect.asVoid(sql.withTransaction(insert)), "database.connection_lost"],
          ["ROLLBACK TO", Effect.ignore(sql.withTransaction(wrong)), "database.connection_lost"]
        ] as const
      ) {
        way.cutter.cutWhere(onceAt("to server", text))
        assert.strictEqual(yield* codeOf(sql.withTransaction(Effect.andThen(insert, work))), code, text)
      }
      assert.strictEqual(way.cutter.cuts(), 4)
      assert.deepStrictEqual(yield* way.beside("SELECT * FROM kept"), [])
    })
  ))

it.live("stream: a killed backend and a cut are a lost session, after the rows that had arrived", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const rows =
        sql<{ readonly n: number }>`SELECT n, repeat('x', 1000) AS filling FROM generate_series(1, 20000) AS n`.stream
      let arrived = 0
      const counted = Stream.mapEffect(rows, (row) => Effect.sync(() => void arrived++).pipe(Effect.as(row)))
      way.cutter.cutWhere(once("to client", 12_000))
      assert.strictEqual(yield* codeOf(Stream.runDrain(counted)), "database.connection_lost")
      assert.isAbove(arrived, 5000)
      const killed = Stream.runForEach(
        rows,
        ({ n }): Effect.Effect<unknown, SqlError> => n === 1 ? kill(way, "filling") : Effect.void
      )
      assert.strictEqual(yield* codeOf(killed), "database.connection_lost")
    })
  ))

it.live("commit: an answer that never came is an unknown commit, whether the server committed or not", () =>
  onCutWay(({ beside, cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      for (const [direction, kept] of [["to server", 0], ["to client", 1]] as const) {
        cutter.cutWhere(onceAt(direction, "COMMIT"))
        const error = yield* Effect.flip(sql.withTransaction(sql`INSERT INTO kept VALUES (1)`))
        assert.strictEqual(errorCodeOf(error).name, "database.commit_unknown")
        assert.strictEqual(
          error.message,
          "The database session was lost (the connection was closed) after COMMIT was sent and before its answer: the " +
            "transaction was kept as a whole or not at all. Look for its rows before you repeat it."
        )
        assert.lengthOf(yield* beside("SELECT * FROM kept"), kept)
      }
    })
  ))

it.live("executeBatch: a killed backend and a cut keep nothing of it; an answer to COMMIT that never came keeps all or nothing", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { executeBatch } = yield* Database
      yield* sql`CREATE TABLE kept (id int)`
      const batch = executeBatch([sql`INSERT INTO kept VALUES (1)`, sql`INSERT INTO kept SELECT 2 FROM pg_sleep(0)`])
      for (
        const [direction, text] of [["to server", "BEGIN"], ["to server", "SELECT 2"], ["to client", "INSERT"]] as const
      ) {
        way.cutter.cutWhere(onceAt(direction, text))
        assert.strictEqual(yield* codeOf(batch), "database.connection_lost", text)
      }
      const asleep = yield* Effect.forkChild(
        codeOf(executeBatch([sql`INSERT INTO kept VALUES (1)`, sql`INSERT INTO kept SELECT 2 FROM pg_sleep(60)`]))
      )
      yield* kill(way, "pg_sleep(60)")
      assert.strictEqual(yield* Fiber.join(asleep), "database.connection_lost")
      assert.deepStrictEqual(yield* way.beside("SELECT * FROM kept"), [])
      for (const [direction, kept] of [["to server", 0], ["to client", 2]] as const) {
        way.cutter.cutWhere(onceAt(direction, "COMMIT"))
        assert.strictEqual(yield* codeOf(batch), "database.commit_unknown")
        assert.lengthOf(yield* way.beside("SELECT * FROM kept"), kept)
      }
    })
  ))

it.live("inserter: each caller of a statement that is cut is told; who gives up alone takes nothing from the others", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const insert = (yield* Database).inserter("kept", { returning: ["id"] })
      const all = (...ids: ReadonlyArray<number>) =>
        Effect.forEach(ids, (id) => Effect.result(insert({ id })), { concurrency: "unbounded" })
      const codes = (results: Effect.Success<ReturnType<typeof all>>) =>
        results.map((result) => Result.isSuccess(result) ? "done" : errorCodeOf(result.failure).name)
      const lost = Array.from({ length: 3 }, () => "database.connection_lost")
      yield* all(0)
      for (const [direction, kept] of [["to server", [0]], ["to client", [0, 1, 2, 3]]] as const) {
        way.cutter.cutWhere(onceAt(direction, "INSERT"))
        assert.deepStrictEqual(codes(yield* all(1, 2, 3)), lost, direction)
        assert.deepStrictEqual(yield* way.beside("SELECT id FROM kept ORDER BY id"), kept.map((id) => ({ id })))
      }
      yield* way.beside("BEGIN")
      yield* way.beside("LOCK TABLE kept IN ACCESS EXCLUSIVE MODE")
      const insertedBy = (id: number) => Effect.forkChild(insert({ id }))
      const [leaving, staying] = [yield* insertedBy(4), yield* insertedBy(5)]
      yield* Effect.repeat(
        way.beside("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'kept'::regclass"),
        { until: (rows) => rows.length === 1, schedule: Schedule.spaced("5 millis") }
      )
      yield* Fiber.interrupt(leaving)
      yield* way.beside("COMMIT")
      assert.deepStrictEqual(yield* Fiber.join(staying), { id: 5 })
      assert.deepStrictEqual(yield* way.beside("SELECT id FROM kept WHERE id > 3 ORDER BY id"), [{ id: 4 }, { id: 5 }])
    })
  ))

it.live("COPY: a cut at each of its messages fails typed, keeps all or nothing, and leaves no session", () =>
  onCutWay((way) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const { copyIn, copyOut } = yield* Database
      const target: CopyInto = { table: "kept" }
      const lines = Stream.map(Stream.rechunk(Stream.range(1, 4), 1), (id) => new TextEncoder().encode(`${id}\n`))
      const copies = [copyIn(target, lines), Stream.runDrain(copyOut({ query: "SELECT generate_series(1, 4)" }))]
      for (const direction of ["to server", "to client"] as const) {
        for (const copy of copies) {
          let [n, cuts] = [0, way.cutter.cuts() - 1]
          while (way.cutter.cuts() > cuts) {
            cuts = way.cutter.cuts()
            way.cutter.cutWhere(each(direction, ++n))
            const result = yield* Effect.result<unknown, SqlError, never>(copy)
            if (way.cutter.cuts() === cuts) assert.isTrue(Result.isSuccess(result), `${direction} ${n}`)
            else if (Result.isFailure(result)) {
              const { name } = errorCodeOf(result.failure)
              assert.include(["database.connection_failed", "database.connection_lost"], name, `${direction} ${n}`)
            }
            way.cutter.cutWhere(() => false)
            const kept = yield* way.beside("SELECT id FROM kept ORDER BY id")
            if (kept.length > 0) assert.deepStrictEqual(kept, [1, 2, 3, 4].map((id) => ({ id })))
            yield* way.beside("TRUNCATE kept")
          }
          assert.isAtLeast(n, 5)
        }
      }
      const left = way.beside("SELECT query FROM pg_stat_activity WHERE application_name = 'heptad-copy'")
      yield* Effect.repeat(left, {
        until: (rows) => rows.length === 0,
        schedule: Schedule.spaced("5 millis"),
        times: 300
      })
      assert.deepStrictEqual(yield* left, [])
    })
  ))

it.live("COPY: a source that stands still does not hide that the session is gone, and is let go", () =>
  onCutWay(({ beside }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const { copyIn } = yield* Database
      const [begun, released] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const source = Stream.concat(
        Stream.make(new TextEncoder().encode("1\n")),
        Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      ).pipe(Stream.ensuring(Deferred.succeed(released, undefined)))
      const copying = yield* Effect.forkChild(codeOf(copyIn({ table: "kept" }, source)))
      yield* Deferred.await(begun)
      yield* beside("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heptad-copy'")
      assert.strictEqual(yield* Fiber.join(copying), "database.connection_lost")
      yield* Deferred.await(released)
      assert.deepStrictEqual(yield* beside("SELECT * FROM kept"), [])
    })
  ))
