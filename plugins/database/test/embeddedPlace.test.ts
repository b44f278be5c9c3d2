/** Where the embedded server lives: odd paths, wrong owners, who else wants the folder, who can reach it. */
import { assert, it } from "@effect/vitest"
import { Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Process from "node:process"
import { connect } from "./connect.ts"
import { disk, faultOf, mayMount, on } from "./embedded.ts"
import { folder, killed, start, startTogether } from "./process.ts"

const settings = (path: string) => ({ common: { data_dir: path } })

const isRoot = Process.getuid?.() === 0

it.live("a folder may have spaces, quotes and letters of any alphabet in its name", () =>
  Effect.gen(function*() {
    const path = Path.join(yield* folder(0o700), "it's \"my\" Größe 数据 $HOME;")
    Fs.mkdirSync(path)
    yield* on(path, Effect.flatMap(SqlClient, (sql) => sql`CREATE TABLE kept (id int)`))
    assert.deepStrictEqual(yield* on(path, Effect.flatMap(SqlClient, (sql) => sql`SELECT * FROM kept`)), [])
  }), 60_000)

it.live(
  "a path that is too long for a socket leaves no link behind, not even that of a killed app",
  () =>
    Effect.gen(function*() {
      const path = Path.join(yield* folder(0o700), "n".repeat(110))
      const first = yield* start({ settings: settings(path) })
      yield* first.kill
      assert.isTrue(Fs.lstatSync(first.hello.host).isSymbolicLink())
      const second = yield* start({ settings: settings(path) })
      assert.isFalse(Fs.existsSync(Path.dirname(first.hello.host)))
      assert.strictEqual(yield* second.stop, 0)
      assert.isFalse(Fs.existsSync(Path.dirname(second.hello.host)))
    }),
  60_000
)

it.live("nobody reaches it from outside, and nobody without the password", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const directory = Path.join(path, "postgres")
    yield* on(
      path,
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const [, , , port, , address] = Fs.readFileSync(Path.join(directory, "postmaster.pid"), "utf8").split("\n")
        assert.deepStrictEqual([port, address], ["5432", ""])
        const rules = yield* sql`SELECT DISTINCT type, auth_method AS method FROM pg_hba_file_rules ORDER BY type`
        assert.deepStrictEqual(rules, [{ type: "host", method: "reject" }, { type: "local", method: "scram-sha-256" }])
        const primary = { host: directory, password: "guessed" }
        const refused = Effect.flip(Effect.provide(Effect.asVoid(Database), connect({ connections: { primary } })))
        assert.include((yield* refused).message, "password authentication failed for user \"heptad\"")
      })
    )
  }), 60_000)

it.live("of those that start at once on one folder one runs, and the others name it", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const apps = yield* startTogether({ settings: settings(path) }, 3)
    const [first, ...others] = apps.filter(({ end }) => end === undefined)
    assert.isEmpty(others)
    const text =
      `- "common" did not start: The data directory ${path} is in use by process ${first?.pid}: stop that instance or set HEPTAD_DATA_DIR ` +
      `to another directory.`
    assert.deepStrictEqual(apps.flatMap(({ end }) => end ?? []), [{ code: 75, text }, { code: 75, text }])
  }), 60_000)

/** Done when the server's programs are in the middle of making a cluster there. */
const halfMade = (path: string) =>
  Effect.repeat(
    Effect.sync(() => Fs.readdirSync(path).some((name) => Fs.existsSync(Path.join(path, name, "base")))),
    { until: (there) => there, schedule: Schedule.spaced("2 millis") }
  )

it.live(
  "begins again when it was killed in the middle of the first start, and leaves nothing of that",
  () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      yield* killed({ settings: settings(path) }, halfMade(path))
      const left = Fs.readdirSync(path).filter((name) => name.startsWith("postgres"))
      assert.match(left.join(), /^postgres\.new-\w+,postgres\.new-\w+\.pid$/)
      const { hello, stop } = yield* start({ settings: settings(path) })
      assert.strictEqual(hello.visits, 1)
      assert.strictEqual(yield* stop, 0)
      assert.deepStrictEqual(Fs.readdirSync(path), ["postgres", "secrets"])
    }),
  60_000
)

const told = (path: string, reason: string) => `The embedded PostgreSQL in ${path}/postgres did not start: ${reason}`

const ownership =
  "Give the folder and all in it back to one owner and make it private (chmod 700), or start as its owner."

it.live("says that others may look into the folder, and that a file cannot be read", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o755)
    yield* on(path, Effect.asVoid(Database))
    Fs.chmodSync(Path.join(path, "postgres"), 0o777)
    assert.strictEqual(
      (yield* faultOf(path)).message,
      told(
        path,
        `data directory "${path}/postgres" has invalid permissions (Permissions should be u=rwx (0700) or u=rwx,g=rx ` +
          `(0750)). ${ownership}`
      )
    )
    Fs.chmodSync(Path.join(path, "postgres"), 0o700)
    const file = Path.join(path, "postgres", "global", "pg_control")
    if (isRoot) Fs.chownSync(file, 0, 0)
    Fs.chmodSync(file, 0)
    assert.strictEqual(
      (yield* faultOf(path)).message,
      told(
        path,
        `postgres: could not find the database system Expected to find it in the directory "${path}/postgres", but could ` +
          `not open file "${path}/postgres/global/pg_control": Permission denied. ${ownership}`
      )
    )
  }), 60_000)

it.live.runIf(mayMount)("says that the disk cannot be written", () =>
  Effect.gen(function*() {
    const path = yield* disk(160)
    yield* on(path, Effect.asVoid(Database))
    ChildProcess.execFileSync("mount", ["-o", "remount,ro", path])
    assert.strictEqual(
      (yield* faultOf(path)).message,
      told(
        path,
        `could not create lock file "postmaster.pid": Read-only file system. Mount it so that it can be written, or set ` +
          `HEPTAD_DATA_DIR to another folder.`
      )
    )
  }), 60_000)

const smallMemory = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=1m none /dev/shm && exec \"$@\"", "sh"]

it.live.runIf(mayMount)(
  "queries run in parallel also where /dev/shm is as small as in a container",
  () =>
    Effect.gen(function*() {
      // Temporary folders of a run may be below the place that is mounted over here.
      const path = yield* folder(0o700, "/var/tmp")
      yield* start({ settings: settings(path), within: smallMemory })
      const password = Fs.readFileSync(Path.join(path, "secrets", "postgres-password"), "utf8")
      const primary = { host: Path.join(path, "postgres"), password }
      yield* Effect.gen(function*() {
        const sql = yield* SqlClient
        const query =
          sql`SELECT count(*)::int AS many FROM (SELECT md5(n::text) AS m FROM generate_series(1, 100000) n) t JOIN (SELECT md5(n::text) AS m FROM generate_series(1, 100000) n) u USING (m)`
        const inParallel = Effect.andThen(sql`SET LOCAL debug_parallel_query = on`, query)
        assert.deepStrictEqual(yield* sql.withTransaction(inParallel), [{ many: 100000 }])
        assert.deepStrictEqual(yield* sql`SELECT current_setting('dynamic_shared_memory_type') AS kind`, [{
          kind: "sysv"
        }])
      }).pipe(Effect.provide(connect({ connections: { primary } })))
    }),
  60_000
)
