import { assert, it } from "@effect/vitest"
import { Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Process from "node:process"
import { reaches } from "../src/internal/account.ts"
import * as PostgresBinaries from "../src/internal/PostgresBinaries.ts"
import { isRunning, signal } from "../src/internal/PostgresProcess.ts"
import { faultOf, on, serverOf } from "./embedded.ts"
import { folder, refused, start } from "./process.ts"

const settings = (path: string) => ({ common: { data_dir: path } })

it.live(
  "keeps its rows over a restart, listens on a private socket only, and leaves no process",
  () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      const server = yield* on(
        path,
        Effect.gen(function*() {
          const sql = yield* SqlClient
          const { info } = yield* Database
          yield* sql`CREATE TABLE kept (id int)`
          yield* sql`INSERT INTO kept VALUES (1)`
          assert.deepStrictEqual(
            yield* sql`SELECT current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync`,
            [
              { tcp: "", fsync: "on" }
            ]
          )
          assert.deepStrictEqual([info.kind, info.host, info.database], [
            "embedded",
            Path.join(path, "postgres"),
            "heptad"
          ])
          assert.strictEqual(Fs.statSync(Path.join(path, "postgres")).mode & 0o777, 0o700)
          assert.strictEqual(Fs.statSync(Path.join(path, "postgres", ".s.PGSQL.5432")).mode & 0o777, 0o700)
          return serverOf(path)
        })
      )
      assert.isFalse(isRunning(server))
      assert.deepStrictEqual(Fs.readdirSync(path), ["postgres"])
      assert.deepStrictEqual(yield* on(path, Effect.flatMap(SqlClient, (sql) => sql`SELECT id FROM kept`)), [{ id: 1 }])
    }),
  60_000
)

it.live("starts the server again when it is killed, with every committed row", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    yield* on(
      path,
      Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* sql`CREATE TABLE kept (id int)`
        for (let id = 0; id < 50; id++) yield* sql`INSERT INTO kept VALUES (${id})`
        const age = sql`SELECT pg_postmaster_start_time()::text AS started, count(*)::int AS rows FROM kept`
        const [before] = yield* age
        signal(serverOf(path), "SIGKILL")
        // A session may still answer for a moment after the death of the server that it belongs to.
        const [after] = yield* age.pipe(
          Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 500 }),
          Effect.repeat({ until: ([row]) => row?.["started"] !== before?.["started"] })
        )
        assert.strictEqual(after?.["rows"], 50)
      })
    )
  }), 60_000)

it.live("reaches the socket also below a path that is too long for a socket address", () =>
  Effect.gen(function*() {
    const path = Path.join(yield* folder(0o700), "a".repeat(60), "b".repeat(60))
    Fs.mkdirSync(path, { recursive: true })
    const { info } = yield* on(path, Database)
    assert.isBelow(info.host.length, 90)
    assert.isFalse(Fs.existsSync(info.host))
  }), 60_000)

it.live("refuses data of another major version and touches nothing", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const directory = Path.join(path, "postgres")
    Fs.mkdirSync(directory)
    Fs.writeFileSync(Path.join(directory, "PG_VERSION"), "17\n")
    const error = yield* faultOf(path)
    assert.strictEqual(
      error.message,
      `The embedded PostgreSQL in ${directory} did not start: its data is of PostgreSQL 17, this release runs 18. Dump ` +
        `it with the release that made it and load the dump here, or move the folder away to begin empty.`
    )
    assert.strictEqual(Runtime.getErrorExitCode(error), 69)
    assert.deepStrictEqual(Fs.readdirSync(directory), ["PG_VERSION"])
  }))

it.live("refuses a folder that holds something else, and data that cannot be read", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const directory = Path.join(path, "postgres")
    Fs.mkdirSync(directory)
    Fs.writeFileSync(Path.join(directory, "diary.txt"), "mine")
    assert.strictEqual(
      (yield* faultOf(path)).message,
      `The embedded PostgreSQL in ${directory} did not start: the folder holds something else than a database. Move ` +
        `it away.`
    )
    Fs.rmSync(Path.join(directory, "diary.txt"))
    Fs.writeFileSync(Path.join(directory, "PG_VERSION"), "18\n")
    assert.include((yield* faultOf(path)).message, "did not start:")
  }))

it.live("says when its generated password was lost", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    yield* on(path, Effect.asVoid(Database))
    const error = yield* faultOf(path, "another")
    assert.include(error.message, "Its generated password was changed or lost")
  }), 60_000)

it.live("starts after the app was killed, whose server it finds and stops", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const first = yield* start({ settings: settings(path) })
    yield* first.kill
    const orphan = serverOf(path)
    assert.isTrue(isRunning(orphan))
    const second = yield* start({ settings: settings(path) })
    assert.strictEqual(second.hello.visits, 2)
    assert.isFalse(isRunning(orphan))
    assert.strictEqual(yield* second.stop, 0)
  }), 60_000)

it.live(
  "starts after app and server were killed, and is not misled by a process number that was used again",
  () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      const first = yield* start({ settings: settings(path) })
      yield* first.kill
      const orphan = serverOf(path)
      signal(orphan, "SIGKILL")
      const file = Path.join(path, "postgres", "postmaster.pid")
      Fs.writeFileSync(file, Fs.readFileSync(file, "utf8").replace(/^\d+/, String(Process.pid)))
      const second = yield* start({ settings: settings(path) })
      assert.strictEqual(second.hello.visits, 2)
      assert.strictEqual(yield* second.stop, 0)
    }),
  60_000
)

it.live("leaves a folder alone that another app uses", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    const first = yield* start({ settings: settings(path) })
    const second = yield* refused({ settings: settings(path) })
    assert.notStrictEqual(second.code, 0)
    assert.include(second.text, path)
    assert.isTrue(isRunning(serverOf(path)))
    assert.strictEqual(yield* first.stop, 0)
  }), 60_000)

const nobody = 65534

it.live.runIf(Process.getuid?.() === 0)(
  "finds the server of a killed app also where root may not look at it",
  () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      const first = yield* start({ settings: settings(path) })
      yield* first.kill
      const orphan = serverOf(path)
      const second = yield* start({ settings: settings(path), contained: true })
      assert.isFalse(isRunning(orphan))
      assert.strictEqual(second.hello.visits, 2)
      assert.strictEqual(yield* second.stop, 0)
    }),
  60_000
)

it.live.runIf(Process.getuid?.() === 0)("runs for an ordinary user", () =>
  Effect.gen(function*() {
    const path = yield* folder(0o700)
    Fs.chownSync(path, nobody, nobody)
    const app = yield* start({ settings: settings(path), uid: nobody })
    assert.strictEqual(Fs.statSync(Path.join(path, "postgres")).uid, nobody)
    assert.strictEqual(yield* app.stop, 0)
  }), 60_000)

it.live.runIf(Process.getuid?.() === 0)(
  "tells an ordinary user that the data belongs to somebody else",
  () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      Fs.chownSync(path, nobody, nobody)
      Fs.mkdirSync(Path.join(path, "postgres"), { mode: 0o700 })
      const { code, text } = yield* refused({ settings: settings(path), uid: nobody })
      assert.strictEqual(code, 69)
      assert.include(text, "Start as the user who made it.")
    }),
  60_000
)

it.live.runIf(Process.getuid?.() === 0)(
  "runs from a project below a folder that others cannot enter",
  () =>
    Effect.gen(function*() {
      const closed = yield* folder(0o700)
      const account = { uid: nobody, gid: nobody }
      const packaged = Path.join(closed, "package")
      Fs.cpSync(PostgresBinaries.located() ?? "", packaged, { recursive: true, verbatimSymlinks: true })
      for (const link of Fs.readdirSync(Path.join(packaged, "native", "lib"), { withFileTypes: true })) {
        if (link.isSymbolicLink()) Fs.rmSync(Path.join(packaged, "native", "lib", link.name))
      }
      assert.isFalse(reaches(account, packaged))
      const { postgres } = yield* PostgresBinaries.prepare(closed, account, packaged)
      assert.isTrue(reaches(account, postgres))
      assert.include(ChildProcess.execFileSync(postgres, ["--version"], { ...account, encoding: "utf8" }), "18.4")
      const before = Fs.statSync(postgres).ctimeMs
      yield* PostgresBinaries.prepare(closed, account, packaged)
      assert.strictEqual(Fs.statSync(postgres).ctimeMs, before)
      Fs.truncateSync(postgres, 10)
      yield* PostgresBinaries.prepare(closed, account, packaged)
      assert.include(ChildProcess.execFileSync(postgres, ["--version"], { ...account, encoding: "utf8" }), "18.4")
    }),
  60_000
)

it.live.runIf(Process.getuid?.() === 0)(
  "runs for root without being root, below a folder that others cannot enter",
  () =>
    Effect.gen(function*() {
      const path = Path.join(yield* folder(0o700), "data")
      const app = yield* start({ settings: settings(path) })
      const owner = Fs.statSync(`/proc/${serverOf(path)}`).uid
      assert.notStrictEqual(owner, 0)
      assert.strictEqual(Fs.statSync(Path.join(path, "postgres")).uid, owner)
      assert.strictEqual(yield* app.stop, 0)
    }),
  60_000
)
