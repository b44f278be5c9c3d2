/**
 * Loses a primary under load: a primary and two synchronous replicas, 200 writes per second and steady reads through the
 * plugin, `kill -9` of the primary, promotion of the best replica by a script. Tells what was acknowledged and is not there.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import { connect } from "../connect.ts"
import { cluster, kill, promote, run, section, type Server } from "../fixtures/replication.ts"

export interface Outcome {
  readonly acknowledged: number
  readonly lost: number
  /** From the beginning of the promotion to the first acknowledged write that began after the kill. */
  readonly backAfterMillis: number
  /** Writes that failed, each with a typed error. */
  readonly failed: number
  readonly reads: number
  readonly failedReads: number
  readonly longestGapMillis: number
}

const now = (): number => performance.now()

const ha = { read_replicas: { enabled: true }, failover: { health_check_interval: "250ms" } }

/** 200 per second, each a fiber of its own, whatever becomes of those before. */
const writer = Effect.fnUntraced(function*() {
  const sql = yield* SqlClient
  const acknowledged = new Set<number>()
  const state = { begun: 0, failed: 0, killedAt: Number.POSITIVE_INFINITY }
  const back = yield* Deferred.make<number>()
  const fibers = yield* FiberSet.make<void>()
  const write = Effect.suspend(() => {
    const [id, begunAt] = [state.begun++, now()]
    return Effect.match(sql`INSERT INTO written (id) VALUES (${id})`, {
      onFailure: () => {
        state.failed++
      },
      onSuccess: () => {
        acknowledged.add(id)
        if (begunAt > state.killedAt) Deferred.doneUnsafe(back, Effect.succeed(now()))
      }
    })
  })
  const all = yield* Effect.forkScoped(
    Effect.repeat(FiberSet.run(fibers, write), Schedule.fixed("5 millis"))
  )
  return {
    acknowledged,
    state,
    back,
    /** Begins no more, and waits for those under way. */
    stop: Effect.andThen(Fiber.interrupt(all), FiberSet.awaitEmpty(fibers))
  }
})

const reader = Effect.fnUntraced(function*() {
  const sql = yield* SqlClient
  const state = { reads: 0, failedReads: 0, longestGapMillis: 0, last: now() }
  const read = Effect.match(sql`SELECT max(id) FROM written`, {
    onFailure: () => {
      state.failedReads++
    },
    onSuccess: () => {
      state.reads++
      state.longestGapMillis = Math.max(state.longestGapMillis, now() - state.last)
      state.last = now()
    }
  })
  yield* Effect.forkScoped(Effect.repeat(read, Schedule.spaced("10 millis")))
  return state
})

const idsOn = (server: Server) =>
  Effect.map(run(server, "SELECT id FROM written"), (rows) => new Set(rows.map(([id]) => Number(id))))

const loadMillis = 1500

const lose = Effect.fnUntraced(function*(servers: ReadonlyArray<Server>, primary: Server, patienceMillis: number) {
  const writes = yield* writer()
  const reads = yield* reader()
  yield* Effect.sleep(loadMillis)
  writes.state.killedAt = now()
  yield* kill(primary)
  const promotedAt = now()
  const chosen = yield* promote(servers)
  const backAt = yield* Effect.timeoutOrElse(Deferred.await(writes.back), {
    duration: patienceMillis,
    orElse: () => Effect.succeed(Number.POSITIVE_INFINITY)
  })
  yield* Effect.sleep(loadMillis)
  yield* writes.stop
  const there = yield* idsOn(chosen)
  const outcome: Outcome = {
    acknowledged: writes.acknowledged.size,
    lost: [...writes.acknowledged].filter((id) => !there.has(id)).length,
    backAfterMillis: Math.round(backAt - promotedAt),
    failed: writes.state.failed,
    reads: reads.reads,
    failedReads: reads.failedReads,
    longestGapMillis: Math.round(Math.max(reads.longestGapMillis, now() - reads.last))
  }
  return outcome
})

/** One run on servers of its own; nothing is left of them. `patienceMillis`: how long the writes may stay away. */
export const experiment = Effect.fnUntraced(function*(patienceMillis: number) {
  const { primary, servers } = yield* cluster()
  yield* run(primary, "CREATE TABLE written (id bigint PRIMARY KEY)")
  return yield* lose(servers, primary, patienceMillis).pipe(
    Effect.scoped,
    Effect.provide(connect({ ...section(servers), ha }))
  )
}, Effect.scoped)

const mostGapMillis = 2000

/** What a run did not keep of the promise, each as a sentence. */
export const faultsOf = (outcome: Outcome, patienceMillis: number): ReadonlyArray<string> => [
  ...(outcome.acknowledged === 0 ? ["nothing was acknowledged"] : []),
  ...(outcome.lost > 0 ? [`${outcome.lost} acknowledged writes are not there`] : []),
  ...(outcome.backAfterMillis > patienceMillis ? [`writes were not back within ${patienceMillis} ms`] : []),
  ...(outcome.failedReads > 0 ? [`${outcome.failedReads} reads failed`] : []),
  ...(outcome.longestGapMillis > mostGapMillis ? [`there was no read for ${outcome.longestGapMillis} ms`] : [])
]
