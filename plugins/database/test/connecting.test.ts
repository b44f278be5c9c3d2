import { assert, it } from "@effect/vitest"
import { ErrorCode } from "@heptad/common"
import { Database } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import { connect } from "./connect.ts"
import { fakeServer, silentServer } from "./fixtures/fakeServer.ts"

const faultOf = (section: unknown) => Effect.flip(Effect.provide(Effect.asVoid(Database), connect(section)))

const primary = (fields: Record<string, unknown>) => ({
  connection_pool: { connection_timeout: "200ms" },
  connections: { primary: { host: "127.0.0.1", password: "very-secret", ...fields } }
})

it.live("says who refused the port, for how long it tried, and what to do", () =>
  Effect.gen(function*() {
    const error = yield* faultOf(primary({ port: 1 }))
    assert.strictEqual(
      error.message,
      "PostgreSQL at 127.0.0.1:1 is not available: connection refused, tried for 200ms. Start the server, or correct " +
        "database.connections.primary.host and port (DB_PRIMARY_HOST, DB_PRIMARY_PORT)."
    )
    assert.strictEqual(Runtime.getErrorExitCode(error), 69)
    assert.strictEqual(ErrorCode.ofError(error).number, -500)
  }))

it.live("says when a name does not resolve", () =>
  Effect.gen(function*() {
    const error = yield* faultOf(primary({ host: "nowhere.invalid" }))
    assert.strictEqual(
      error.message,
      "PostgreSQL at nowhere.invalid:5432 is not available: the name does not resolve, tried for 200ms. Start the " +
        "server, or correct database.connections.primary.host and port (DB_PRIMARY_HOST, DB_PRIMARY_PORT)."
    )
    assert.strictEqual(Runtime.getErrorExitCode(error), 69)
  }))

it.live("says when somebody listens but nobody answers", () =>
  Effect.gen(function*() {
    const port = yield* silentServer
    const error = yield* faultOf(primary({ port }))
    assert.strictEqual(
      error.message,
      `PostgreSQL at 127.0.0.1:${port} is not available: no answer, tried for 200ms. Start the server, or correct ` +
        `database.connections.primary.host and port (DB_PRIMARY_HOST, DB_PRIMARY_PORT).`
    )
  }))

it.live("says at once that the password is wrong, and never shows it", () =>
  Effect.gen(function*() {
    const { host, port, user } = yield* TestDatabase.fresh
    const error = yield* faultOf(primary({ host, port, user, database: "postgres" }))
    assert.strictEqual(
      error.message,
      `PostgreSQL at ${host}:5432 is not available: password authentication failed for user "heptad". Correct ` +
        `database.connections.primary.user or password (DB_PRIMARY_USER, DB_PASSWORD).`
    )
    assert.strictEqual(Runtime.getErrorExitCode(error), 69)
    assert.notInclude(JSON.stringify(error), "very-secret")
  }))

it.live("says that the database does not exist", () =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const error = yield* faultOf(TestDatabase.settings({ ...coordinates, database: "elsewhere" }))
    assert.strictEqual(
      error.message,
      `PostgreSQL at ${coordinates.host}:5432 is not available: database "elsewhere" does not exist. Create the ` +
        `database, or correct database.connections.primary.database (DB_PRIMARY_NAME).`
    )
  }))

const refused = (mode: string, tls: boolean) =>
  Effect.gen(function*() {
    const port = yield* fakeServer({ tls })
    const error = yield* faultOf(primary({ port, ssl_mode: mode }))
    return /not available: (.*?)\. /.exec(error.message)?.[1]
  })

it.live("encrypts as ssl_mode says", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* refused("disable", true), "in the open")
    assert.strictEqual(yield* refused("prefer", false), "in the open")
    assert.strictEqual(yield* refused("prefer", true), "in secret")
    assert.strictEqual(yield* refused("require", true), "in secret")
    assert.strictEqual(yield* refused("require", false), "The server does not support TLS")
    assert.strictEqual(yield* refused("verify-ca", true), "its certificate is self-signed")
    assert.strictEqual(yield* refused("verify-full", true), "its certificate is self-signed")
  }))
