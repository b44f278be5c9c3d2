/** What `ssl_mode` means on a real server with TLS: as in libpq. */
import { assert, layer } from "@effect/vitest"
import { Database } from "@heptad/database"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as Path from "node:path"
import { connect } from "./connect.ts"
import { run, section, type Server, single } from "./fixtures/replication.ts"

const file = (name: string) => Path.join(import.meta.dirname, "fixtures", "tls", name)

/** Its certificate is for `localhost` and of an authority that nobody else knows. */
class Encrypted extends Context.Service<Encrypted, Server>()("test/Encrypted") {}

const started = Layer.effect(
  Encrypted,
  single({ "server.crt": file("server.crt"), "server.key": file("server.key") }, "ssl = on\n")
)

const on = <A, E, R>(
  fields: Record<string, unknown>,
  test: Effect.Effect<A, E, R>,
  pool: Record<string, unknown> = {}
) =>
  Effect.flatMap(Encrypted, (server) => {
    const { connections: { primary } } = section([server])
    const connection_pool = { min_size: 0, connection_timeout: "2s", ...pool }
    return Effect.provide(test, connect({ connection_pool, connections: { primary: { ...primary, ...fields } } }))
  })

const encrypted = SqlClient.use((sql) =>
  sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
)
  .pipe(Effect.map(([row]) => row?.ssl))

const refused = (fields: Record<string, unknown>) =>
  on(fields, Effect.asVoid(Database)).pipe(
    Effect.flip,
    Effect.map(({ message }) => /not available: (.*?)\. /.exec(message)?.[1])
  )

const authority = { ssl_root_cert: file("authority.crt") }

const setSsl = (value: "on" | "off") =>
  Effect.gen(function*() {
    const server = yield* Encrypted
    yield* run(server, `ALTER SYSTEM SET ssl = ${value}`, "SELECT pg_reload_conf()")
    yield* Effect.repeat(run(server, "SHOW ssl"), {
      until: ([row]) => row?.[0] === value,
      schedule: Schedule.spaced("10 millis")
    })
  })

layer(started, { excludeTestServices: true })("ssl_mode", (it) => {
  it.effect("disable is open, prefer and require are encrypted whoever is there", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* on({ ssl_mode: "disable" }, encrypted))
      assert.isTrue(yield* on({ ssl_mode: "prefer" }, encrypted))
      assert.isTrue(yield* on({ ssl_mode: "require" }, encrypted))
    }))

  it.effect("verify-ca wants a known authority, verify-full also the name of the host", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* refused({ ssl_mode: "verify-ca" }), "no known authority signed its certificate")
      assert.isTrue(yield* on({ ssl_mode: "verify-ca", ...authority }, encrypted))
      assert.strictEqual(
        yield* refused({ ssl_mode: "verify-full", ...authority }),
        "its certificate is for another name"
      )
      assert.isTrue(yield* on({ ssl_mode: "verify-full", host: "localhost", ...authority }, encrypted))
    }))

  it.effect("require with ssl_root_cert is verify-ca, and prefer looks at no certificate even then", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* on({ ssl_mode: "require", ...authority }, encrypted))
      assert.strictEqual(
        yield* refused({ ssl_mode: "require", ssl_root_cert: "system" }),
        "no known authority signed its certificate"
      )
      assert.isTrue(yield* on({ ssl_mode: "prefer", ssl_root_cert: file("server.crt") }, encrypted))
    }))

  it.effect("an authority that cannot be read is named", () =>
    Effect.gen(function*() {
      const reason = yield* refused({ ssl_mode: "verify-ca", ssl_root_cert: "/nowhere/root.crt" })
      assert.strictEqual(reason, "ssl_root_cert /nowhere/root.crt cannot be read")
    }))

  it.effect("prefer decides for each session: a server that loses or gets TLS is followed", () =>
    on(
      { ssl_mode: "prefer" },
      Effect.gen(function*() {
        assert.isTrue(yield* encrypted)
        yield* setSsl("off")
        assert.isFalse(yield* encrypted)
        yield* setSsl("on")
        assert.isTrue(yield* encrypted)
      }),
      { max_lifetime: "0s" }
    ))

  it.effect("require refuses a server without TLS", () =>
    Effect.acquireUseRelease(
      setSsl("off"),
      () =>
        Effect.map(
          refused({ ssl_mode: "require" }),
          (why) => assert.strictEqual(why, "The server does not support TLS")
        ),
      () => Effect.orDie(setSsl("on"))
    ))
})
