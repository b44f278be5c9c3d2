/** What the embedded server and the app around it do when the disk is full. A small disk is a tmpfs, which only root may mount. */
import { assert, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { isRunning } from "../src/internal/PostgresProcess.ts"
import { disk, faultOf, mayMount, on, serverOf } from "./embedded.ts"

/** Takes all the room but so many megabytes; gives it back when called. */
const fill = (path: string, left: number) => {
  const file = Path.join(path, "ballast")
  const { bavail, bsize } = Fs.statfsSync(path)
  Fs.writeFileSync(file, Buffer.alloc(bavail * bsize - left * 1024 * 1024))
  return () => Fs.rmSync(file)
}

const told = (path: string, reason: string) =>
  `The embedded PostgreSQL in ${path}/postgres did not start: ${reason}: No space left on device. Make room on the disk of ` +
  `this folder (df -h shows it); what was committed is not lost.`

/** Writes rows with ids from 1 until one is refused, and again when there is room. */
const ledger = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE ledger (id int PRIMARY KEY, content text)`
  yield* sql`ALTER TABLE ledger ALTER content SET STORAGE EXTERNAL`
  let committed = 0
  const record = (extra: Effect.Effect<unknown, unknown>) =>
    Effect.suspend(() =>
      sql.withTransaction(Effect.andThen(extra, sql`INSERT INTO ledger (id) VALUES (${committed + 1})`))
    ).pipe(Effect.andThen(Effect.sync(() => void committed++)))
  return {
    untilRefused: (extra: Effect.Effect<unknown, unknown>) => Effect.flip(Effect.forever(record(extra))),
    again: Effect.retry(record(Effect.void), Schedule.spaced("20 millis")),
    /** How many were acknowledged, and how many of these are there. */
    count: Effect.suspend(() =>
      sql<{ rows: number }>`SELECT count(*)::int AS rows FROM ledger WHERE id <= ${committed}`
    ).pipe(
      Effect.map(([row]) => ({ committed, kept: row?.rows }))
    )
  }
})

const disks = Effect.map(
  HealthRegistry.use(({ results }) => results),
  (results) => results.find(({ name }) => name === "database_disk")
)

it.live.runIf(mayMount)(
  "says at the first start that there is no room, and leaves nothing of the attempt",
  () =>
    Effect.gen(function*() {
      const path = yield* disk(16)
      const { message } = yield* faultOf(path)
      assert.strictEqual(
        message.replace(/\.\d+"/, `.1"`),
        told(path, `initdb: could not write to file "pg_wal/xlogtemp.1"`)
      )
      assert.deepStrictEqual(Fs.readdirSync(path), [])
    })
)

it.live.runIf(mayMount)(
  "says at a later start that there is no room, and starts when there is",
  () =>
    Effect.gen(function*() {
      const path = yield* disk(160)
      yield* on(path, Effect.asVoid(Database))
      const free = fill(path, 0)
      assert.strictEqual((yield* faultOf(path)).message, told(path, `could not write lock file "postmaster.pid"`))
      free()
      yield* on(path, Effect.asVoid(Database))
    }),
  60_000
)

it.live.runIf(mayMount)(
  "refuses to write when the disk is full, goes on reading, and writes when there is room",
  () =>
    Effect.gen(function*() {
      const path = yield* disk(160)
      yield* on(
        path,
        Effect.gen(function*() {
          const sql = yield* SqlClient
          const { again, count, untilRefused } = yield* ledger
          const free = fill(path, 20)
          const server = serverOf(path)
          const megabyte = sql`UPDATE ledger SET content = repeat('x', 1000000) WHERE id = 1`
          const error = yield* untilRefused(megabyte)
          assert.include(String(isSqlError(error) && error.reason.cause), "No space left on device")
          const full = yield* count
          assert.strictEqual(full.kept, full.committed)
          const check = yield* Effect.repeat(disks, {
            until: (check) => check?.status === "fail",
            schedule: Schedule.spaced("20 millis")
          })
          assert.match(
            check?.reason ?? "",
            new RegExp(
              `^the disk of ${path}/postgres has \\d+ MiB left, less than 256 MiB: make room before it is full`
            )
          )
          free()
          yield* again
          const after = yield* count
          assert.strictEqual(after.kept, after.committed)
          assert.isTrue(isRunning(server))
        })
      )
    }),
  60_000
)

it.live.runIf(mayMount)(
  "waits for room when the server itself cannot go on without, and loses nothing",
  () =>
    Effect.gen(function*() {
      const path = yield* disk(160)
      yield* on(
        path,
        Effect.gen(function*() {
          const sql = yield* SqlClient
          const { again, count, untilRefused } = yield* ledger
          const free = fill(path, 20)
          const server = serverOf(path)
          yield* untilRefused(sql`SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000))::text`)
          yield* Effect.repeat(Effect.sync(() => isRunning(server)), {
            while: (there) => there,
            schedule: Schedule.spaced("20 millis")
          })
          free()
          yield* again
          const after = yield* count
          assert.strictEqual(after.kept, after.committed)
        })
      )
    }),
  60_000
)
