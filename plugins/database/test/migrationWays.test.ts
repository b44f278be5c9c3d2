/** The ways back, code in place of SQL, what has no transaction, what would be done, and what lint stops. */
import { assert, layer } from "@effect/vitest"
import { type Migration, Migrations, type MigrationSet } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"

const create = (table: string): Migration => ({
  id: 1,
  name: "create",
  sql: `CREATE TABLE ${table} (id int)`,
  down: `DROP TABLE ${table}`
})

const add = (table: string): Migration => ({
  id: 2,
  name: "add",
  sql: `ALTER TABLE ${table} ADD name text`,
  down: `ALTER TABLE ${table} DROP name`
})

const ids = (done: ReadonlyArray<{ readonly id: number }>) => done.map(({ id }) => id)

const messageOf = <A, E extends Error, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error) => error.message, onSuccess: () => "succeeded" })

const states = (set: MigrationSet) =>
  Effect.map(Migrations.use(({ status }) => status(set)), (all) => all.map(({ state }) => state))

const columns = (table: string) =>
  Effect.flatMap(
    SqlClient,
    (sql) => sql`SELECT column_name FROM information_schema.columns WHERE table_name = ${table}`
  )
    .pipe(Effect.map((rows) => rows.map((row) => row["column_name"])))

layer(TestDatabase.layer, { excludeTestServices: true })("migrations", (it) => {
  it.effect("go back as many steps as are asked for, the newest first, and up again", () =>
    Effect.gen(function*() {
      const { down, up } = yield* Migrations
      const set = { name: "back", migrations: [create("backs"), add("backs")] }
      yield* up(set)
      assert.deepStrictEqual(ids(yield* down(set, 1)), [2])
      assert.deepStrictEqual(yield* columns("backs"), ["id"])
      yield* up(set)
      assert.deepStrictEqual(ids(yield* down(set, 5)), [2, 1])
      assert.deepStrictEqual(yield* columns("backs"), [])
      assert.deepStrictEqual(yield* states(set), ["pending", "pending"])
      assert.deepStrictEqual(yield* down(set, 1), [])
    }))

  it.effect("go back over nothing when one of the steps has no way back", () =>
    Effect.gen(function*() {
      const { down, up } = yield* Migrations
      const set = {
        name: "oneway",
        migrations: [{ id: 1, name: "only", sql: "CREATE TABLE oneways ()" }, add("oneways")]
      }
      yield* up(set)
      assert.strictEqual(
        yield* messageOf(down(set, 2)),
        `Migration of "oneway" at 1 only failed: it has no way back. Write its down, or restore a backup.`
      )
      assert.deepStrictEqual(yield* states(set), ["applied", "applied"])
    }))

  it.effect("do not go back over what a newer release applied", () =>
    Effect.gen(function*() {
      const { down, up } = yield* Migrations
      const set = { name: "ahead", migrations: [create("aheads"), add("aheads")] }
      yield* up(set)
      assert.strictEqual(
        yield* messageOf(down({ name: "ahead", migrations: [create("aheads")] }, 1)),
        `Migration of "ahead" at 2 add failed: this release does not know it. Take it back with the release that applied it.`
      )
    }))

  it.effect("are done again with the text at hand", () =>
    Effect.gen(function*() {
      const { redo, up } = yield* Migrations
      const set = { name: "again", migrations: [create("agains"), add("agains")] }
      assert.include(yield* messageOf(redo(set)), "none was applied. Run heptad migrate up.")
      yield* up(set)
      const other = { ...add("agains"), sql: "ALTER TABLE agains ADD title text; ALTER TABLE agains ADD name text" }
      const edited = { name: "again", migrations: [create("agains"), other] }
      assert.deepStrictEqual(yield* states(edited), ["applied", "drifted"])
      assert.deepStrictEqual(ids(yield* redo(edited)), [2])
      assert.deepStrictEqual(yield* columns("agains"), ["id", "title", "name"])
      assert.deepStrictEqual(yield* states(edited), ["applied", "applied"])
    }))

  it.effect("may be code, which runs in their transaction and has transactions of its own as savepoints", () =>
    Effect.gen(function*() {
      const { down, up } = yield* Migrations
      const sql = yield* SqlClient
      const run = Effect.gen(function*() {
        const own = yield* SqlClient
        yield* own`CREATE TABLE coded (id int)`
        yield* Effect.ignore(
          own.withTransaction(Effect.andThen(own`INSERT INTO coded VALUES (1)`, own`SELECT nonsense`))
        )
        yield* own`INSERT INTO coded SELECT ${2}::int`
      })
      const broken = {
        id: 2,
        name: "broken",
        run: Effect.andThen(run, Effect.fail("the mapping has a gap"))
      }
      const back = SqlClient.use((own) => own`DROP TABLE coded`)
      const set: MigrationSet = { name: "code", migrations: [{ id: 1, name: "code", run, down: back }] }
      yield* up(set)
      assert.deepStrictEqual(yield* sql`SELECT id FROM coded`, [{ id: 2 }])
      assert.deepStrictEqual(ids(yield* down(set, 1)), [1])
      yield* sql`DROP TABLE IF EXISTS coded`
      const half = { name: "half", migrations: [broken] }
      assert.strictEqual(
        yield* messageOf(up(half)),
        `Migration of "half" at 2 broken failed: the mapping has a gap. Nothing of it was kept: correct it and start again.`
      )
      assert.deepStrictEqual(yield* columns("coded"), [])
    }))

  it.effect("that are code are another one when their revision is", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const revised = (revision: string): MigrationSet => ({
        name: "revised",
        migrations: [{ id: 1, name: "code", run: Effect.void, revision }]
      })
      yield* up(revised("1"))
      assert.deepStrictEqual(yield* states(revised("1")), ["applied"])
      assert.deepStrictEqual(yield* states(revised("2")), ["drifted"])
    }))

  it.effect("that are marked run without a transaction, and keep what ran before a failure", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE loose (id int)`
      const text = "-- heptad: no-transaction\nCREATE INDEX CONCURRENTLY loose_id ON loose (id);"
      const good = {
        name: "loose",
        migrations: [{ id: 1, name: "index", sql: text, down: text.replace("CREATE", "DROP") }]
      }
      assert.deepStrictEqual(ids(yield* up(good)), [1])
      const bad = {
        name: "looser",
        migrations: [{ id: 1, name: "both", sql: `${text.replace("_id", "_2")} SELECT nonsense` }]
      }
      assert.strictEqual(
        yield* messageOf(up(bad)),
        `Migration of "looser" at 1 both failed: column "nonsense" does not exist. It has no transaction: what ran before ` +
          `this statement stays, and an index that was not finished is left INVALID. Look, clear it away, correct it and start again.`
      )
      const indexes = yield* sql`SELECT indexname FROM pg_indexes WHERE tablename = 'loose' ORDER BY 1`
      assert.deepStrictEqual(indexes.map((row) => row["indexname"]), ["loose_2", "loose_id"])
      assert.deepStrictEqual(yield* states(bad), ["pending"])
    }))

  it.effect("leave no setting of theirs to the next one", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const sql = yield* SqlClient
      yield* up({
        name: "settings",
        migrations: [
          { id: 1, name: "set", sql: "SET search_path = pg_catalog; SET statement_timeout = 1" },
          { id: 2, name: "use", sql: "CREATE TABLE settled AS SELECT current_setting('statement_timeout') AS limit" }
        ]
      })
      assert.deepStrictEqual(yield* sql`SELECT * FROM public.settled`, [{ limit: "0" }])
    }))

  it.effect("that break the running release are stopped by lint before anything is run, unless they say so", () =>
    Effect.gen(function*() {
      const { planUp, up } = yield* Migrations
      const first = create("linted")
      const drop = (sql: string): MigrationSet => ({
        name: "linted",
        migrations: [first, add("linted"), { id: 3, name: "clear", sql }]
      })
      yield* up({ name: "linted", migrations: [first] })
      const text = "ALTER TABLE linted DROP COLUMN id"
      assert.strictEqual(
        yield* messageOf(up(drop(text))),
        `Migration of "linted" at 3 clear failed: "ALTER TABLE linted DROP COLUMN id" breaks the running release (drop-column): ` +
          `the running release may still read or write it. Drop it in a later release, when none that uses it runs any more. ` +
          `To do it all the same, write "-- heptad: allow drop-column" into it.`
      )
      assert.deepStrictEqual(yield* states(drop(text)), ["applied", "pending", "pending"])
      assert.deepStrictEqual((yield* planUp(drop(text))).map(({ findings }) => findings.length), [0, 1])
      assert.deepStrictEqual(ids(yield* up(drop(`-- heptad: allow drop-column\n${text}`))), [2, 3])
    }))

  it.effect("are not linted where nothing of the set was applied: nobody runs there", () =>
    Effect.gen(function*() {
      const { up } = yield* Migrations
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE foreigner (id int)`
      assert.deepStrictEqual(
        ids(yield* up({ name: "empty", migrations: [{ id: 1, name: "drop", sql: "DROP TABLE foreigner" }] })),
        [1]
      )
    }))

  it.effect("are planned statement by statement, and nothing is touched", () =>
    Effect.gen(function*() {
      const { planDown, planUp, up } = yield* Migrations
      const concurrent = "-- heptad: no-transaction\nCREATE INDEX CONCURRENTLY ON planned (id);"
      const set: MigrationSet = {
        name: "planned",
        migrations: [create("planned"), { id: 2, name: "index", sql: concurrent }, {
          id: 3,
          name: "fill",
          run: Effect.void
        }]
      }
      assert.deepStrictEqual(yield* planUp(set), [
        {
          set: "planned",
          id: 1,
          name: "create",
          transaction: true,
          statements: ["CREATE TABLE planned (id int)"],
          findings: []
        },
        {
          set: "planned",
          id: 2,
          name: "index",
          transaction: false,
          statements: ["-- heptad: no-transaction\nCREATE INDEX CONCURRENTLY ON planned (id)"],
          findings: []
        },
        { set: "planned", id: 3, name: "fill", transaction: true, findings: [] }
      ])
      assert.deepStrictEqual(yield* columns("planned"), [])
      yield* up({ name: "planned", migrations: [create("planned")] })
      assert.deepStrictEqual(yield* planDown({ name: "planned", migrations: [create("planned")] }, 3), [
        { set: "planned", id: 1, name: "create", transaction: true, statements: ["DROP TABLE planned"], findings: [] }
      ])
      assert.deepStrictEqual(yield* columns("planned"), ["id"])
    }))
})
