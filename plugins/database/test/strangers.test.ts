/** What answers at the configured address may be old, silent, or no PostgreSQL at all. */
import { assert, it } from "@effect/vitest"
import { Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as FastCheck from "fast-check"
import { connect } from "./connect.ts"
import { babbler, serverOfVersion } from "./fixtures/fakeServer.ts"

const faultOf = (port: number) =>
  Effect.flip(Effect.provide(
    Effect.asVoid(Database),
    connect({
      connection_pool: { connection_timeout: "300ms" },
      connections: { primary: { host: "127.0.0.1", port, password: "very-secret", ssl_mode: "disable" } }
    })
  ))

const told = (port: number, text: string) => `PostgreSQL at 127.0.0.1:${port} is not available: ${text}`

const strangers = [
  ["a web server", "client", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ["a login server", "server", "SSH-2.0-OpenSSH_9\r\n"],
  ["a mail server", "server", "220 mail ESMTP\r\n"],
  ["a cache", "client", "-ERR unknown command\r\n"],
  ["another database", "server", "J\0\0\0\n8.4.0\0abc"],
  ["one that claims two gigabytes", "client", "R\x7f\xff\xff\xff"]
] as const

it.live.each(strangers)("%s is told at once to be no PostgreSQL", ([, first, words]) =>
  Effect.gen(function*() {
    const port = yield* babbler(Buffer.from(words, "latin1"), first)
    assert.strictEqual(
      (yield* faultOf(port)).message,
      told(
        port,
        "what listens there does not speak as PostgreSQL does. Correct database.connections.primary.host and port " +
          "(DB_PRIMARY_HOST, DB_PRIMARY_PORT)."
      )
    )
  }))

it.live("whatever is said, it is a failure with a remedy within the deadline", () =>
  Effect.gen(function*() {
    const samples = FastCheck.sample(FastCheck.uint8Array({ minLength: 1, maxLength: 64 }), 25)
    yield* Effect.forEach(samples, (bytes) =>
      Effect.gen(function*() {
        const error = yield* faultOf(yield* babbler(bytes, "client"))
        assert.strictEqual(error._tag, "DatabaseUnavailable")
      }), { concurrency: 5, discard: true })
  }), 20_000)

it.live("one that lets everybody in and then says nothing is given up in time", () =>
  Effect.gen(function*() {
    const port = yield* serverOfVersion()
    assert.strictEqual(
      (yield* faultOf(port)).message,
      told(
        port,
        "no answer, tried for 300ms. Start the server, or correct database.connections.primary.host and port " +
          "(DB_PRIMARY_HOST, DB_PRIMARY_PORT)."
      )
    )
  }))

it.live("a server that is too old is refused by name", () =>
  Effect.gen(function*() {
    const port = yield* serverOfVersion(["11.22 (Debian 11.22-0)", "110022"])
    assert.strictEqual(
      (yield* faultOf(port)).message,
      told(
        port,
        "it is version 11.22, and 14 is the oldest that is supported. Upgrade the server, or name another one (DB_PRIMARY_HOST)."
      )
    )
  }))
