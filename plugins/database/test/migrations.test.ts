import { assert, layer } from "@effect/vitest"
import { Migrations, type MigrationSet } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { SqlClient } from "effect/sql/SqlClient"

const table = (name: string) => `CREATE TABLE ${name} (id int PRIMARY KEY);\nINSERT INTO ${name} VALUES (1);`

const setOf = (name: string, ...texts: ReadonlyArray<string>): MigrationSet => ({
  name,
  migrations: texts.map((sql, index) => ({ id: index + 1, name: `step ${index + 1}`, sql }))
})

const messageOf = <A, E extends Error, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error) => error.message, onSuccess: () => "succeeded" })

layer(TestDatabase.layer, { excludeTestServices: true })("migrations", (it) => {
  it.effect("are applied once, in id order, and then nothing is left", () =>
    Effect.gen(function*() {
      const { status, up } = yield* Migrations
      const set = setOf("first", table("first_a"), "ALTER TABLE first_a ADD COLUMN name text; SELECT ';'")
      const shuffled = { ...set, migrations: set.migrations.toReversed() }
      assert.deepStrictEqual((yield* status(set)).map(({ state }) => state), ["pending", "pending"])
      assert.deepStrictEqual((yield* up(shuffled)).map(({ id, name, set }) => [set, id, name]), [
        ["first", 1, "step 1"],
        ["first", 2, "step 2"]
      ])
      assert.deepStrictEqual(yield* up(set), [])
      assert.deepStrictEqual((yield* status(set)).map(({ state }) => state), ["applied", "applied"])
    }))

  it.effect("keep the sets of several plugins apart", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      assert.strictEqual((yield* up(setOf("left", table("lefts")))).length, 1)
      assert.strictEqual((yield* up(setOf("right", table("rights")))).length, 1)
    }))

  it.effect("refuse a text that was changed after it was applied", () =>
    Effect.gen(function*() {
      const { status, up } = yield* Migrations
      yield* up(setOf("drift", table("drifts")))
      const changed = setOf("drift", table("others"), table("more"))
      assert.strictEqual(
        yield* messageOf(up(changed)),
        `Migration of "drift" at 1 step 1 failed: its text differs from the one that was applied. ` +
          `Restore the text, and put the change into a new migration.`
      )
      assert.deepStrictEqual((yield* status(changed)).map(({ state }) => state), ["drifted", "pending"])
    }))

  it.effect("take the same text with other line ends for the same", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      yield* up(setOf("ends", table("ends")))
      assert.deepStrictEqual(yield* up(setOf("ends", table("ends").replaceAll("\n", "\r\n"))), [])
    }))

  it.effect("refuse an id below one that was applied", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const [first, second, third] = setOf("gap", table("gap_a"), table("gap_b"), table("gap_c")).migrations
      assert.isDefined(first && second && third)
      if (first === undefined || second === undefined || third === undefined) return
      yield* up({ name: "gap", migrations: [first, third] })
      assert.strictEqual(
        yield* messageOf(up({ name: "gap", migrations: [first, second, third] })),
        `Migration of "gap" at 2 step 2 failed: it was not applied although 3 was. Give it an id above 3.`
      )
    }))

  it.effect("refuse an id that is used twice", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const { migrations } = setOf("twice", table("twices"))
      assert.strictEqual(
        yield* messageOf(up({ name: "twice", migrations: [...migrations, ...migrations] })),
        `Migration of "twice" failed: the id 1 is used twice or is no positive whole number. Give it another id.`
      )
    }))

  it.effect("leave what a newer release applied alone", () =>
    Effect.gen(function*() {
      const { status, up } = yield* Migrations
      yield* up(setOf("newer", table("newer_a"), table("newer_b")))
      const older = setOf("newer", table("newer_a"))
      assert.deepStrictEqual(yield* up(older), [])
      assert.deepStrictEqual((yield* status(older)).map(({ state }) => state), ["applied", "unknown"])
    }))

  it.effect("keep the first when the second fails, and nothing of the second", () =>
    Effect.gen(function*() {
      const { status, up } = yield* Migrations
      const sql = yield* SqlClient
      const broken = setOf("broken", table("kept"), `${table("half")} SELECT nonsense`)
      assert.strictEqual(
        yield* messageOf(up(broken)),
        `Migration of "broken" at 2 step 2 failed: column "nonsense" does not exist. ` +
          `Nothing of it was kept: correct it and start again.`
      )
      assert.deepStrictEqual((yield* status(broken)).map(({ state }) => state), ["applied", "pending"])
      assert.deepStrictEqual(yield* sql`SELECT to_regclass('kept')::text AS kept, to_regclass('half')::text AS half`, [
        { kept: "kept", half: null }
      ])
      assert.strictEqual((yield* up(setOf("broken", table("kept"), table("half")))).length, 1)
    }))

  it.effect("are applied once when several processes start together", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const set = setOf("together", table("together_a"), "SELECT pg_sleep(0.05)", table("together_b"))
      const applied = yield* Effect.all(Array.from({ length: 4 }, () => up(set)), { concurrency: "unbounded" })
      assert.deepStrictEqual(applied.flat().map(({ id }) => id), [1, 2, 3])
    }))

  it.effect("end with their fiber and free the lock", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const sql = yield* SqlClient
      const started = yield* Deferred.make<void>()
      const slow = setOf("cut", "SELECT pg_sleep(60)")
      const running =
        sql`SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND datname = current_database()`
      const fiber = yield* Effect.forkChild(up(slow))
      yield* running.pipe(
        Effect.repeat({ until: (rows) => rows.length > 0 }),
        Effect.andThen(Deferred.succeed(started, undefined))
      )
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* up(setOf("after", table("afters")))).length, 1)
      assert.deepStrictEqual(yield* running, [])
    }))
})
