import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import { accounts, allows, loads, remembering, until } from "./support.ts"

/** Milliseconds until the answer is the other one. */
const after = <E, R>(change: Effect.Effect<unknown, E, R>, expected: boolean, ask: ReturnType<typeof allows>) =>
  Effect.gen(function*() {
    yield* change
    const startedAt = performance.now()
    yield* until(Effect.map(ask, (answer) => answer === expected))
    return performance.now() - startedAt
  })

layer(accounts, { excludeTestServices: true })((it) => {
  it.effect("gives the roles of a token the permissions of the tables, and no others", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* allows("a", ["clerk"], "orders:create"))
      assert.isTrue(yield* allows("a", ["guest", "admin"], "orders:delete"))
      assert.isFalse(yield* allows("a", ["clerk"], "orders:delete"))
      assert.isFalse(yield* allows("a", ["unknown"], "orders:read"))
    }))

  it.effect("denies whoever has no role, and what nobody was granted", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* allows("a", [], "orders:read"))
      assert.isFalse(yield* allows("a", ["admin"], "accounts:read"))
      assert.isFalse(yield* allows("a", ["admin"], "orders"))
      assert.isFalse(yield* allows("a", ["admin"], ":read"))
      assert.isFalse(yield* allows("a", ["admin' OR '1'='1"], "orders:read"))
    }))

  it.effect("no subject gets the roles of another one by the signs in its name", () =>
    Effect.gen(function*() {
      yield* remembering
      assert.isTrue(yield* allows("eve", ["admin"], "orders:delete"))
      for (const subject of ["eve\nadmin", "eve,admin", `["eve","admin"]`, `r["eve","admin"]`, `eve","admin`]) {
        assert.isFalse(yield* allows(subject, [], "orders:delete"), subject)
      }
      assert.isFalse(yield* allows("eve", ["ad", "min"], "orders:delete"))
    }))

  it.effect("asks the database once for all questions about a subject, and once for those that come together", () =>
    Effect.gen(function*() {
      yield* remembering
      const questions = ["orders:read", "orders:create", "orders:delete", "orders:read"]
      const all = Effect.forEach(questions, (permission) => allows("carol", ["clerk"], permission), { concurrency: 4 })
      assert.strictEqual(yield* loads(Effect.andThen(all, all)), 1)
    }))

  it.effect("a role that is given or taken counts within a second, without a restart", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      const may = allows("bob", [], "orders:delete")
      assert.isFalse(yield* may)
      assert.isBelow(yield* after(sql`INSERT INTO user_roles (user_id, role) VALUES ('bob', 'admin')`, true, may), 1000)
      assert.isBelow(yield* after(sql`UPDATE user_roles SET role = 'clerk' WHERE user_id = 'bob'`, false, may), 1000)
      assert.isBelow(yield* after(sql`UPDATE user_roles SET role = 'admin' WHERE user_id = 'bob'`, true, may), 1000)
      assert.isBelow(yield* after(sql`UPDATE user_roles SET user_id = 'ben' WHERE user_id = 'bob'`, false, may), 1000)
      assert.isTrue(yield* allows("ben", [], "orders:delete"))
      assert.isBelow(
        yield* after(sql`DELETE FROM user_roles WHERE user_id = 'ben'`, false, allows("ben", [], "orders:delete")),
        1000
      )
    }))

  it.effect("a role that gains or loses a permission counts within a second for everybody", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      const may = allows("dora", ["clerk"], "orders:export")
      assert.isFalse(yield* may)
      const given = sql`INSERT INTO role_permissions (role, resource, action) VALUES ('clerk', 'orders', 'export')`
      assert.isBelow(yield* after(given, true, may), 1000)
      assert.isBelow(yield* after(sql`DELETE FROM role_permissions WHERE action = 'export'`, false, may), 1000)
    }))

  it.effect("a change of many users at once, of a name that is too long to tell, and of all of them counts too", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      const long = "x".repeat(5000)
      const may = Effect.map(
        Effect.all([allows("user-77", [], "orders:delete"), allows(long, [], "orders:delete")]),
        ([one, two]) => `${one} ${two}`
      )
      assert.strictEqual(yield* may, "false false")
      yield* sql`INSERT INTO user_roles SELECT 'user-' || n, 'admin' FROM generate_series(1, 200) AS n`
      yield* until(Effect.map(may, (answer) => answer === "true false"))
      // A name beyond what an index row may hold cannot be stored; one that is told only as "all" can.
      const told = "y".repeat(2000)
      assert.isFalse(yield* allows(told, [], "orders:delete"))
      yield* sql`INSERT INTO user_roles VALUES (${told}, 'admin')`
      yield* until(allows(told, [], "orders:delete"))
      yield* sql`TRUNCATE user_roles`
      yield* until(Effect.map(may, (answer) => answer === "false false"))
      yield* until(Effect.map(allows(told, [], "orders:delete"), (answer) => !answer))
    }))

  it.effect("what a transaction has not committed is neither believed nor remembered", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      const inside = Effect.gen(function*() {
        yield* sql`INSERT INTO user_roles (user_id, role) VALUES ('fred', 'admin')`
        assert.isFalse(yield* allows("fred", [], "orders:delete"))
        return yield* Effect.fail("undone")
      })
      yield* Effect.flip(sql.withTransaction(inside))
      assert.isFalse(yield* allows("fred", [], "orders:delete"))
    }))

  it.effect("when the session that hears of changes is lost, everything is forgotten, and it comes back", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      assert.isTrue(yield* allows("gina", ["admin"], "orders:delete"))
      assert.strictEqual(yield* loads(allows("gina", ["admin"], "orders:delete")), 0)
      yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heptad-listen'
        AND datname = current_database()`
      yield* until(Effect.map(loads(allows("gina", ["admin"], "orders:delete")), (count) => count > 0))
      yield* remembering
      yield* sql`INSERT INTO user_roles (user_id, role) VALUES ('gina', 'clerk')`
      yield* until(allows("gina", [], "orders:create"))
    }))

  it.effect("who asked first may go away without harm for others", () =>
    Effect.gen(function*() {
      yield* remembering
      const sql = yield* SqlClient.SqlClient
      yield* sql.withTransaction(Effect.gen(function*() {
        yield* sql`LOCK TABLE role_permissions IN ACCESS EXCLUSIVE MODE`
        const [first, second] = [
          yield* Effect.forkChild(allows("hugo", ["clerk"], "orders:read"), { startImmediately: true }),
          yield* Effect.forkChild(allows("hugo", ["clerk"], "orders:read"), { startImmediately: true })
        ]
        yield* Fiber.interrupt(first)
        return second
      })).pipe(Effect.flatMap(Fiber.join), Effect.map((answer) => assert.isTrue(answer)))
    }))

  it.effect("says that it cannot tell when the tables are away, instead of deciding", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`ALTER TABLE role_permissions RENAME TO away`
      const error = yield* Effect.flip(allows("ines", ["admin"], "orders:read"))
      yield* sql`ALTER TABLE away RENAME TO role_permissions`
      assert.strictEqual(error._tag, "PermissionsUnavailable")
      assert.isTrue(yield* allows("ines", ["admin"], "orders:read"))
    }))
})
