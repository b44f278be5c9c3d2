/**
 * One migrates a database at a time: a session advisory lock, which goes with its session whatever ends it. It is tried again and
 * again instead of waited for, because a statement that waits keeps a snapshot, and CREATE INDEX CONCURRENTLY of the holder would
 * wait for that in turn. Whoever waits is told for whom.
 */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { codeOf } from "../PgSession.ts"

/** Any number, the same for every app that uses this table: hashtext('heptad_migrations') would do as well. */
const key = 7_264_318

/** Between two tries; some more by chance, so that those who wait do not come in step. */
const pause = Schedule.jittered(Schedule.spaced("100 millis"))

const tellEvery = Duration.seconds(3)

const tryLock = (session: PgConnection) =>
  Effect.map(session.queryValues("SELECT pg_try_advisory_lock($1)", [key], false), ([row]) => row?.[0] === true)

const ownerQuery = `SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'this machine'),
    extract(epoch FROM a.backend_start)::float8 * 1000, extract(epoch FROM clock_timestamp() - a.backend_start)::float8
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1 AND l.objsubid = 1 AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

const isoOf = (millis: unknown): string => DateTime.formatIso(DateTime.makeUnsafe(Math.round(Number(millis))))

/** Another role's session shows its number only. */
const sentence = ([pid, name, host, since, seconds]: ReadonlyArray<unknown>): string => {
  const who = `process ${String(pid)} of the server`
  return typeof name !== "string"
    ? `${who} (of another role)`
    : `${who} (${name}, from ${String(host)}), since ${isoOf(since)} (${Math.round(Number(seconds))} s)`
}

/** Who holds the lock, in words; it may have gone meanwhile. */
const owner = (session: PgConnection) =>
  Effect.map(
    session.queryValues(ownerQuery, [key], false),
    ([row]) => row === undefined ? "a process that is just ending" : sentence(row)
  )

/** The one that others read while they wait for it. */
const tell = Effect.fnUntraced(function*(session: PgConnection, startedAt: number, patience: Duration.Duration) {
  const waited = (yield* Clock.currentTimeMillis) - startedAt
  yield* Effect.logInfo(
    `waiting for the migrations of ${yield* owner(session)}: for ${Math.round(waited / 1000)} s, at most ${
      Duration.format(patience)
    }`
  )
})

/** Holds the lock until the session ends, or until the deadline tells who did not give it away. */
export const acquire = Effect.fnUntraced(function*(session: PgConnection, patience: Duration.Duration) {
  if (yield* tryLock(session)) return undefined
  const startedAt = yield* Clock.currentTimeMillis
  let toldAt = Number.NEGATIVE_INFINITY
  const attempt = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (now - toldAt >= Duration.toMillis(tellEvery)) {
      toldAt = now
      yield* tell(session, startedAt, patience)
    }
    return yield* tryLock(session)
  })
  const got = yield* attempt.pipe(
    Effect.repeat({ until: (locked) => locked, schedule: Schedule.upTo(pause, { duration: patience }) })
  )
  if (!got) return yield* owner(session)
  const waited = (yield* Clock.currentTimeMillis) - startedAt
  yield* Effect.logInfo(`waited ${Math.round(waited)} ms for the migrations of another process`)
  return undefined
})

export const isBusy = (error: Parameters<typeof codeOf>[0]): boolean => codeOf(error) === "55P03"
