/** The verb for what the database plugin does, against a running app on a real server. */
import { assert, it } from "@effect/vitest"
import { CommonPlugin } from "@heptad/common/plugin"
import { Database } from "@heptad/database"
import { DatabasePlugin } from "@heptad/database/plugin"
import { TestDatabase } from "@heptad/database/testing"
import { Kernel } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { FixturePlugin } from "./fixtures/fixturePlugin.ts"
import { folder, run, settingsFile, settingsOf } from "./fixtures/here.ts"

const pool = { min_size: 0, max_size: 1, acquire_timeout: "10s" }

/** Runs a test beside an app with one database session. */
const beside = <A, E, R>(test: (file: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const file = settingsFile(yield* folder, {
      database: { ...TestDatabase.settings(coordinates), connection_pool: pool }
    })
    const app = Kernel.layer([CommonPlugin, FixturePlugin, DatabasePlugin]).pipe(Layer.provide(settingsOf(file)))
    return yield* Effect.provide(test(file), app)
  })

const server = Database.use(({ info: { host, port } }) => Effect.succeed(`${host}:${port}`))

it.live("database-pool tells the sessions of each server, and who holds them for how long", () =>
  beside((file) =>
    Effect.gen(function*() {
      const name = yield* server
      const sql = yield* SqlClient
      const { pools } = yield* Database
      const { code, out } = yield* Effect.scoped(Effect.gen(function*() {
        yield* sql.reserve.pipe(Effect.withSpan("Orders.place"), Effect.annotateLogs({ plugin: "orders" }))
        const waiting = yield* Effect.forkChild(sql`SELECT 1`)
        yield* Effect.repeat(pools, { until: ([state]) => state?.waiting.normal === 1 })
        const told = yield* run("database-pool", "--config", file)
        yield* Fiber.interrupt(waiting)
        return told
      }))
      const [head, line, empty, headOfHolders, holder] = out.split("\n")
      assert.deepStrictEqual([code, empty], [0, ""])
      assert.strictEqual(head, `${"server".padEnd(name.length)}  most  open  active  idle  waiting  leaks`)
      assert.strictEqual(line, `${name}  1     1     1       0     1        0`)
      assert.match(headOfHolders ?? "", /^server +held for +span +plugin +fiber +trace$/)
      assert.match(
        (holder ?? "").slice(name.length),
        /^ {2}\d+(\.\d)? m?s +Orders\.place {2}orders {2}\d+ +[0-9a-f]{32}$/
      )
    })
  ))

it.live("database-pool says that nobody holds a session, and answers as JSON", () =>
  beside((file) =>
    Effect.gen(function*() {
      const name = yield* server
      const { code, err, out } = yield* run("database-pool", "--config", file)
      assert.deepStrictEqual([code, err], [0, "Nobody holds a session at this moment."])
      assert.lengthOf(out.split("\n"), 2)
      const told = JSON.parse((yield* run("database-pool", "--json", "--config", file)).out)
      assert.deepStrictEqual(Object.keys(told), [name])
      assert.deepStrictEqual(told[name].holders, [])
    })
  ))
