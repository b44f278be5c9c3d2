/** A password that changes while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { Database, errorCodeOf } from "@heptad/database"
import { DatabasePlugin } from "@heptad/database/plugin"
import { TestDatabase } from "@heptad/database/testing"
import { Kernel, LiveSettings, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { connect } from "./connect.ts"
import { Common } from "./memory.ts"

/** A role of its own on a fresh database, and how an operator changes its password. */
const role = Effect.gen(function*() {
  const coordinates = yield* TestDatabase.fresh
  const user = `role_${coordinates.database}`
  const administer = (sql: string) =>
    Effect.provide(SqlClient.use((client) => client.unsafe(sql)), connect(TestDatabase.settings(coordinates)))
  yield* Effect.acquireRelease(
    administer(`CREATE ROLE ${user} LOGIN PASSWORD 'first'`),
    () => Effect.orDie(administer(`DROP ROLE ${user}`))
  )
  return { coordinates, user, change: (password: string) => administer(`ALTER ROLE ${user} PASSWORD '${password}'`) }
})

/** An app whose settings are written by the test, and read when somebody asks for it. Every statement opens a session. */
const app = (coordinates: TestDatabase.Coordinates) => {
  let password = "first"
  const read: Settings.Source["read"] = (sections) =>
    Effect.sync(() => {
      const value = {
        database: {
          ...TestDatabase.settings({ ...coordinates, password }),
          connection_pool: { min_size: 0, max_lifetime: "0s" }
        }
      }
      const written = { value, origins: new Map<string, string>() }
      return { ...Settings.empty, ...written, settings: Setting.leaves(sections, written) }
    })
  return {
    write: (next: string) => {
      password = next
    },
    layer: Kernel.layer([Common, DatabasePlugin]).pipe(
      Layer.provide(Layer.succeed(Settings.SettingsSource, { read, changes: Stream.never }))
    )
  }
}

const ask = SqlClient.use((sql) => sql`SELECT 1 AS one`)

it.live("database.connections.primary.password: the next session logs in with the new one", () =>
  Effect.gen(function*() {
    const { change, coordinates, user } = yield* role
    const { layer, write } = app({ ...coordinates, user })
    yield* Effect.gen(function*() {
      assert.lengthOf(yield* ask, 1)
      yield* change("second")
      write("second")
      yield* LiveSettings.use(({ reload }) => reload("test"))
      assert.lengthOf(yield* ask, 1)
    }).pipe(Effect.provide(layer))
  }))

it.live("a refused password is read again and tried once more where it has changed, and is shown nowhere", () =>
  Effect.gen(function*() {
    const { change, coordinates, user } = yield* role
    const { layer, write } = app({ ...coordinates, user })
    yield* Effect.gen(function*() {
      yield* change("second")
      write("second")
      assert.deepStrictEqual(yield* Effect.all([ask, ask, ask], { concurrency: 3 }), [
        [{ one: 1 }],
        [{ one: 1 }],
        [{ one: 1 }]
      ])
      const { versions } = yield* LiveSettings
      const [version] = yield* versions
      assert.strictEqual(version?.reason, "reload: the database refused the password")
      yield* change("third")
      const refused = yield* Effect.flip(ask)
      assert.strictEqual(errorCodeOf(refused).name, "database.connection_failed")
      assert.notInclude(JSON.stringify(refused), "second")
    }).pipe(Effect.provide(layer))
  }))

it.live("a COPY logs in with the password of this moment", () =>
  Effect.gen(function*() {
    const { change, coordinates, user } = yield* role
    const { layer, write } = app({ ...coordinates, user })
    const copy = Database.use(({ copyOut }) => Stream.runCollect(copyOut({ query: "SELECT 1" })))
    yield* Effect.gen(function*() {
      assert.lengthOf(yield* copy, 1)
      yield* change("second")
      write("second")
      assert.lengthOf(yield* copy, 1)
    }).pipe(Effect.provide(layer))
  }))
