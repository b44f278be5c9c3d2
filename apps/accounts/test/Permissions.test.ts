import { assert, layer } from "@effect/vitest"
import { Migrations } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import { Permissions } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlPermissions from "../src/internal/SqlPermissions.ts"
import { migrations } from "../src/migrations.ts"

const accounts = SqlPermissions.layer.pipe(
  Layer.provide(Layer.effectDiscard(Migrations.use(({ up }) => up(migrations)))),
  Layer.provideMerge(TestDatabase.layer)
)

const principal = (subject: string, ...roles: ReadonlyArray<string>) => ({
  subject,
  roles,
  method: "jwt" as const,
  claims: {}
})

const allows = (subject: string, roles: ReadonlyArray<string>, permission: string) =>
  Permissions.use((permissions) => permissions.allows(principal(subject, ...roles), permission))

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

  it.effect("knows the roles of the subject at the next question", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      assert.isFalse(yield* allows("bob", [], "orders:delete"))
      yield* sql`INSERT INTO user_roles (user_id, role) VALUES ('bob', 'admin')`
      assert.isTrue(yield* allows("bob", [], "orders:delete"))
      yield* sql`DELETE FROM user_roles WHERE user_id = 'bob'`
      assert.isFalse(yield* allows("bob", [], "orders:delete"))
    }))

  it.effect("says that it cannot tell when the tables are away, instead of deciding", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`ALTER TABLE role_permissions RENAME TO away`
      const error = yield* Effect.flip(allows("a", ["admin"], "orders:read"))
      yield* sql`ALTER TABLE away RENAME TO role_permissions`
      assert.strictEqual(error._tag, "PermissionsUnavailable")
      assert.isTrue(yield* allows("a", ["admin"], "orders:read"))
    }))
})
