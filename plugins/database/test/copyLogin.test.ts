/** A COPY logs in by itself: it must be let in, encrypted and refused exactly where every other session is. */
import { assert, layer } from "@effect/vitest"
import { Database, errorCodeOf } from "@heptad/database"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Path from "node:path"
import { connect } from "./connect.ts"
import { run, section, type Server, single } from "./fixtures/replication.ts"

const file = (name: string) => Path.join(import.meta.dirname, "fixtures", "tls", name)

class Encrypted extends Context.Service<Encrypted, Server>()("test/Encrypted") {}

/** By what the server keeps of the password, and by how it is asked for. */
const roles = [
  { user: "with_scram", kept: "scram-sha-256" },
  { user: "with_md5", kept: "md5" },
  { user: "with_plain", kept: "scram-sha-256" }
] as const

const createRoles = (server: Server) =>
  run(
    server,
    ...roles.flatMap(({ kept, user }) => [
      `SET password_encryption = '${kept}'`,
      `CREATE ROLE ${user} LOGIN PASSWORD 'first'`
    ]),
    "CREATE TABLE copied (id int)",
    "GRANT ALL ON copied TO PUBLIC"
  )

const started = Layer.effect(
  Encrypted,
  Effect.tap(
    single({
      "server.crt": file("server.crt"),
      "server.key": file("server.key"),
      "pg_hba.conf": file("pg_hba.conf")
    }, "ssl = on\n"),
    createRoles
  )
)

const on = <A, E, R>(fields: Record<string, unknown>, test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Encrypted, (server) => {
    const { connections: { primary } } = section([server])
    const connection_pool = { min_size: 0, connection_timeout: "2s" }
    return Effect.provide(test, connect({ connection_pool, connections: { primary: { ...primary, ...fields } } }))
  })

const administer = (...statements: ReadonlyArray<string>) =>
  Effect.flatMap(Encrypted, (server) => run(server, ...statements))

const text = (query: string) =>
  Database.use(({ copyOut }) => Stream.mkString(Stream.decodeText(copyOut({ query })))).pipe(
    Effect.map((all) => all.trimEnd())
  )

/** Of the session that the COPY itself runs on. */
const encrypted = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")

const withSsl = (value: "on" | "off") =>
  Effect.andThen(
    administer(`ALTER SYSTEM SET ssl = ${value}`, "SELECT pg_reload_conf()"),
    Effect.repeat(administer("SHOW ssl"), {
      until: ([row]) => row?.[0] === value,
      schedule: Schedule.spaced("10 millis")
    })
  )

const authority = { ssl_root_cert: file("authority.crt") }

layer(started, { excludeTestServices: true })("COPY", (it) => {
  it.effect("is encrypted as ssl_mode says", () =>
    Effect.gen(function*() {
      for (
        const [fields, expected] of [
          [{ ssl_mode: "disable" }, "f"],
          [{ ssl_mode: "prefer" }, "t"],
          [{ ssl_mode: "require" }, "t"],
          [{ ssl_mode: "verify-ca", ...authority }, "t"],
          [{ ssl_mode: "verify-full", host: "localhost", ...authority }, "t"]
        ] as const
      ) assert.strictEqual(yield* on(fields, encrypted), expected, fields.ssl_mode)
    }))

  it.effect("follows a server that loses TLS where prefer allows it, and is refused where require does not", () =>
    Effect.gen(function*() {
      const prefer = Effect.gen(function*() {
        assert.strictEqual(yield* encrypted, "t")
        yield* withSsl("off")
        assert.strictEqual(yield* encrypted, "f")
      })
      const require = Effect.gen(function*() {
        yield* withSsl("off")
        const error = yield* Effect.flip(encrypted)
        assert.strictEqual(errorCodeOf(error).name, "database.connection_failed")
        assert.strictEqual(error.message, "COPY: Server refused TLS")
      })
      yield* on({ ssl_mode: "prefer" }, prefer)
      yield* withSsl("on")
      yield* on({ ssl_mode: "require" }, require)
    }).pipe(Effect.ensuring(Effect.orDie(withSsl("on")))))

  for (const { user } of roles) {
    it.effect(`logs in as ${user}, in and out, and is refused with another password`, () =>
      on(
        { ssl_mode: "require", user, password: "first" },
        Effect.gen(function*() {
          const { copyIn } = yield* Database
          assert.strictEqual(yield* text("SELECT current_user"), user)
          assert.strictEqual(yield* copyIn({ table: "copied" }, Stream.make(new TextEncoder().encode("1\n2\n"))), 2)
          yield* administer(`ALTER ROLE ${user} PASSWORD 'second'`)
          const error = yield* Effect.flip(text("SELECT 1"))
          assert.strictEqual(errorCodeOf(error).name, "database.connection_failed")
          assert.notInclude(JSON.stringify(error), "first")
          const left = "SELECT pid FROM pg_stat_activity WHERE application_name = 'heptad-copy'"
          yield* Effect.repeat(administer(left), {
            until: (rows) => rows.length === 0,
            schedule: Schedule.spaced("10 millis"),
            times: 300
          })
          assert.deepStrictEqual(yield* administer(left), [])
        })
      ))
  }
})
