/** Who migrates when an app starts, when it is ready, and what those see who wait. */
import { assert, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Migrations, type MigrationSet } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import { connect } from "./connect.ts"

const set: MigrationSet = {
  name: "shop",
  migrations: [
    { id: 1, name: "create", sql: "CREATE TABLE goods (id int)", down: "DROP TABLE goods" },
    { id: 2, name: "add", sql: "ALTER TABLE goods ADD name text", down: "ALTER TABLE goods DROP name" }
  ]
}

const first: MigrationSet = { ...set, migrations: set.migrations.slice(0, 1) }

/** An app of its own with these settings of migrations, on one database. */
const appOn = (coordinates: TestDatabase.Coordinates) => (migrations: Readonly<Record<string, unknown>>) =>
  Layer.fresh(connect({
    ...TestDatabase.settings(coordinates),
    connection_pool: { min_size: 0 },
    ha: { failover: { health_check_interval: "20ms" } },
    migrations
  }))

const schema = Effect.map(
  HealthRegistry.use(({ results }) => results),
  (all) => all.find(({ name }) => name === "database_schema")
)

const spaced = Schedule.spaced("10 millis")

/** The check, as soon as it says this. */
const until = (status: "pass" | "fail") =>
  Effect.repeat(schema, { schedule: spaced, until: (check) => check?.status === status })

/** The lines that were logged, as they come. */
const listening = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push(String(message)))
  const said = (part: string) =>
    Effect.repeat(Effect.sync(() => lines.find((line) => line.includes(part))), {
      schedule: spaced,
      until: (line) => line !== undefined
    })
  return { lines, said, layer: Logger.layer([logger]) }
}

it.live("an app that only checks starts at once and is not ready before another one has migrated", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const checks = Effect.gen(function*() {
      const { ensure } = yield* Migrations
      assert.deepStrictEqual(yield* ensure(set), [])
      assert.deepInclude(yield* until("fail"), {
        kind: "readiness",
        criticality: "critical",
        reason: `the schema of "shop" is too old: 1 create, 2 add missing`
      })
      assert.strictEqual(yield* HealthRegistry.use(({ verdict }) => verdict("readiness")), "fail")
      yield* Effect.provide(Migrations.use(({ up }) => up(first)), app({}))
      yield* Effect.repeat(schema, {
        schedule: spaced,
        until: (check) => check?.reason === `the schema of "shop" is too old: 2 add missing`
      })
      yield* Effect.provide(Migrations.use(({ up }) => up(set)), app({}))
      yield* until("pass")
      yield* Effect.provide(Migrations.use(({ down }) => down(set, 1)), app({}))
      yield* until("fail")
    })
    yield* Effect.provide(checks, app({ on_start: "check" }))
  }))

it.live("an app that waits goes on when another one has migrated, and tells meanwhile for what it waits", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const log = listening()
    const waits = Effect.gen(function*() {
      const { ensure } = yield* Migrations
      const fiber = yield* Effect.forkChild(ensure(set), { startImmediately: true })
      assert.strictEqual(
        yield* log.said("waiting"),
        `the schema of "shop" is too old: 1 create, 2 add missing; waiting for "heptad migrate up" (migrations.on_start: wait)`
      )
      yield* Effect.provide(Migrations.use(({ up }) => up(set)), app({}))
      assert.deepStrictEqual(yield* Fiber.join(fiber), [])
      yield* until("pass")
    })
    yield* Effect.provide(waits, Layer.provideMerge(app({ on_start: "wait" }), log.layer))
  }))

it.live("an app that waits gives up after wait_timeout", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const { message } = yield* Effect.flip(
      Effect.provide(Migrations.use(({ ensure }) => ensure(first)), app({ on_start: "wait", wait_timeout: "50ms" }))
    )
    assert.strictEqual(
      message,
      `Migration of "shop" failed: the schema of "shop" is too old: 1 create missing, waited 50ms for it. ` +
        `Run heptad migrate up, or raise database.migrations.wait_timeout.`
    )
  }))

it.live("an app needs what its set says, and not what only clears away behind it", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const needs = Effect.gen(function*() {
      const { ensure, missing } = yield* Migrations
      yield* Effect.provide(Migrations.use(({ up }) => up(first)), app({}))
      yield* ensure({ ...set, needs: 1 })
      assert.deepStrictEqual(yield* missing, [])
      yield* ensure(set)
      assert.deepStrictEqual(yield* missing, [`the schema of "shop" is too old: 2 add missing`])
    })
    yield* Effect.provide(needs, app({ on_start: "check" }))
  }))

it.live("whoever waits for the migrations of another one is told whose they are, and gives up with the name", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const log = listening()
    const begun = yield* Deferred.make<void>()
    const end = yield* Deferred.make<void>()
    const run = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(end))
    const slow = { name: "slow", migrations: [{ id: 1, name: "code", run }] }
    const upOf = (which: MigrationSet, settings: object) =>
      Effect.provide(Migrations.use(({ up }) => up(which)), app({ ...settings }))
    const holder = yield* Effect.forkChild(upOf(slow, {}))
    yield* Deferred.await(begun)
    const waiter = yield* Effect.forkChild(Effect.provide(upOf(first, {}), log.layer))
    const owner = /process \d+ of the server \(heptad-migrations \S+, from this machine\), since 20\S+Z \(\d+ s\)/
    assert.match(
      String(yield* log.said("waiting for")),
      new RegExp(`^waiting for the migrations of ${owner.source}: for 0 s, at most 10m$`)
    )
    const { message } = yield* Effect.flip(upOf(first, { wait_timeout: "150ms" }))
    assert.match(
      message,
      new RegExp(
        `^Migration of "shop" failed: its lock was held for 150ms by ${owner.source}. Wait for it, or raise database.migrations.wait_timeout.$`
      )
    )
    yield* Deferred.succeed(end, undefined)
    assert.lengthOf(yield* Fiber.join(waiter), 1)
    yield* Fiber.join(holder)
    assert.match(
      log.lines.find((line) => line.startsWith("waited")) ?? "",
      /^waited \d+ ms for the migrations of another process$/
    )
  }))

it.live("a statement that gets no lock lets the others through and is tried again", () =>
  Effect.gen(function*() {
    const app = appOn(yield* TestDatabase.fresh)
    const upOf = (which: MigrationSet, settings: object) =>
      Effect.provide(Migrations.use(({ up }) => up(which)), app({ lock_timeout: "20ms", ...settings }))
    yield* upOf(first, {})
    const held = yield* Deferred.make<void>()
    const free = yield* Deferred.make<void>()
    const reader = SqlClient.use((sql) =>
      sql.withTransaction(
        sql`SELECT * FROM goods`.pipe(
          Effect.andThen(Deferred.succeed(held, undefined)),
          Effect.andThen(Deferred.await(free))
        )
      )
    ).pipe(Effect.provide(app({})))
    const fiber = yield* Effect.forkChild(reader)
    yield* Deferred.await(held)
    const { message } = yield* Effect.flip(upOf(set, { lock_attempts: 1 }))
    assert.strictEqual(
      message,
      `Migration of "shop" at 2 add failed: a lock was not free in time. ` +
        `Something else uses the table for long: try again later, or raise database.migrations.lock_timeout.`
    )
    const patient = yield* Effect.forkChild(upOf(set, { lock_attempts: 100 }))
    yield* Deferred.succeed(free, undefined)
    assert.lengthOf(yield* Fiber.join(patient), 1)
    yield* Fiber.join(fiber)
  }))
