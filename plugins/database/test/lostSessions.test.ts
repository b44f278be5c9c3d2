/** A backend is killed, or the connection cut, in the middle of everything that uses a session; afterwards nothing is left over. */
import { assert, it } from "@effect/vitest"
import { errorCodeOf } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
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
