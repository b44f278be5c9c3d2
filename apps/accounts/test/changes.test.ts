/** How changes are heard of, where nothing arrives and where the database is away. */
import { assert, it } from "@effect/vitest"
import { Database, DatabaseUnavailable } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import type { SqlError } from "effect/sql/SqlError"
import * as SqlPermissions from "../src/internal/SqlPermissions.ts"
import { allows, loads, migrated, settings, until } from "./support.ts"

type Listen = Database["Service"]["listen"]

/** Accounts with a `listen` of the test's own, and what it told. */
const withListen = (listen: (real: Listen) => Listen, told: Array<string>) => {
  const database = Layer.effect(Database, Effect.map(Database, (real) => ({ ...real, listen: listen(real.listen) })))
  return SqlPermissions.layer(settings()).pipe(
    Layer.provide(Layer.mergeAll(database, migrated)),
    Layer.provideMerge(TestDatabase.layer),
    Layer.provideMerge(Logger.layer([Logger.make(({ message }) => {
      if (String(message).startsWith("changes")) told.push(String(message))
    })]))
  )
}

const twice = loads(Effect.andThen(allows("bob", [], "a:b"), allows("bob", [], "a:b")))

it.live("where a pooler lets no notification through nothing is remembered, and that is told once", () => {
  const told: Array<string> = []
  const deaf: Listen = () => Queue.unbounded<never, SqlError>()
  return Effect.gen(function*() {
    assert.strictEqual(yield* twice, 2)
    yield* until(Effect.sync(() => told.length > 0))
    assert.strictEqual(yield* twice, 2)
    assert.deepStrictEqual(told, [
      "changes of permissions are not heard of, so each request asks the database: No notification arrived within 5s. " +
      "Connect to the server itself, or through a pooler that leaves sessions as they are."
    ])
  }).pipe(Effect.provide(withListen(() => deaf, told)))
})

it.live("a database that cannot be listened to is told once, and its return too", () => {
  const told: Array<string> = []
  let failing = 3
  const flaky = (real: Listen): Listen => (channel) =>
    Effect.suspend(() =>
      failing-- > 0
        ? Effect.fail(
          new DatabaseUnavailable({ host: "db", port: 5432, reason: "no answer", remedy: "Start the server." })
        )
        : real(channel)
    )
  return Effect.gen(function*() {
    yield* until(Effect.map(twice, (count) => count < 2))
    assert.deepStrictEqual(told, [
      "changes of permissions are not heard of, so each request asks the database: PostgreSQL at db:5432 is not available: " +
      "no answer. Start the server.",
      "changes of permissions are heard of again"
    ])
  }).pipe(Effect.provide(withListen(flaky, told)))
})
