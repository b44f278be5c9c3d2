import { assert, it } from "@effect/vitest"
import { Database } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"

const send = (channel: string, payload: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT pg_notify(${channel}, ${payload})`)

const sessions = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql<{ pid: number }>`SELECT pid FROM pg_stat_activity
    WHERE application_name = 'heptad-listen' AND datname = current_database()`)

it.live("what is sent to a channel arrives in order, and only what is committed", () =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* Database.use(({ listen }) => listen("it's \"odd\""))
    yield* send("another", "0")
    yield* Effect.ignore(sql.withTransaction(Effect.andThen(send("it's \"odd\"", "never"), Effect.fail("undone"))))
    yield* Effect.andThen(send("it's \"odd\"", "1"), send("it's \"odd\"", "2"))
    const [one, two] = yield* Effect.all([Queue.take(queue), Queue.take(queue)])
    assert.deepStrictEqual([one.payload, two.payload], ["1", "2"])
    assert.strictEqual(one.channel, "it's \"odd\"")
  }).pipe(Effect.scoped, Effect.provide(TestDatabase.layer)))

it.live("a lost session fails the queue; a closed scope leaves no session", () =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.gen(function*() {
      const queue = yield* Database.use(({ listen }) => listen("a"))
      const [session] = yield* sessions
      yield* sql`SELECT pg_terminate_backend(${session?.pid ?? 0})`
      assert.strictEqual((yield* Effect.flip(Queue.take(queue)))._tag, "SqlError")
    }).pipe(Effect.scoped)
    yield* Effect.scoped(Database.use(({ listen }) => listen("a")))
    yield* Effect.repeat(sessions, { until: (rows) => rows.length === 0, schedule: Schedule.spaced("10 millis") })
  }).pipe(Effect.provide(TestDatabase.layer)))
