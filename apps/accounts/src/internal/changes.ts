/**
 * Follows the changes of the tables, as the triggers tell them, and forgets what they touch. Whether changes still arrive is
 * proven by notifications of our own: a connection may be half dead, or a pooler in between may let nothing through. Without
 * that proof nothing is remembered.
 */
import { Database } from "@heptad/database"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as Metrics from "../metrics.ts"
import { channel } from "../migrations.ts"
import type { Memory } from "./memory.ts"

const proofEvery = Duration.seconds(10)
const proofWithin = Duration.seconds(5)

type Forgetting = Pick<Memory<unknown, unknown>, "forget" | "forgetAll" | "trust">

interface Proof {
  readonly payload: string
  readonly arrived: Deferred.Deferred<void>
}

const silent =
  `No notification arrived within ${Duration.format(proofWithin)}. Connect to the server itself, or through ` +
  "a pooler that leaves sessions as they are."

const trust = (memory: Forgetting, yes: boolean) =>
  Effect.andThen(memory.trust(yes), Metric.update(Metrics.following, yes ? 1 : 0))

/** Sends itself a notification again and again; ends when one does not arrive. `onFirst`: the first one did. */
const prove = Effect.fnUntraced(function*(expect: (proof: Proof) => void, onFirst: Effect.Effect<void>) {
  const sql = yield* SqlClient.SqlClient
  const own = crypto.randomUUID()
  for (let at = 0;; at++) {
    const proof = { payload: `~${own} ${at}`, arrived: Deferred.makeUnsafe<void>() }
    expect(proof)
    yield* sql`SELECT pg_notify(${channel}, ${proof.payload})`
    yield* Effect.timeoutOrElse(Deferred.await(proof.arrived), {
      duration: proofWithin,
      orElse: () => Effect.fail({ message: silent })
    })
    if (at === 0) yield* onFirst
    yield* Effect.sleep(proofEvery)
  }
})

const isUser = (payload: string): boolean => payload.startsWith("u")

const apply = (memory: Forgetting, payloads: ReadonlyArray<string>) =>
  payloads.includes("*")
    ? memory.forgetAll
    : memory.forget(new Set(payloads.filter(isUser).map((payload) => payload.slice(1))))

/** One session, from its LISTEN until it is lost or silent. */
const session = Effect.fnUntraced(function*(memory: Forgetting, began: Effect.Effect<void>) {
  const database = yield* Database
  const queue = yield* database.listen(channel)
  let expected: Proof | undefined
  const hear = Effect.flatMap(Queue.takeAll(queue), (all) => {
    const payloads = all.map(({ payload }) => payload)
    if (expected !== undefined && payloads.includes(expected.payload)) {
      Deferred.doneUnsafe(expected.arrived, Effect.void)
    }
    return apply(memory, payloads)
  })
  const proving = prove(
    (proof) => {
      expected = proof
    },
    Effect.andThen(trust(memory, true), began)
  )
  return yield* Effect.raceFirst(Effect.forever(hear), proving)
}, Effect.scoped)

const again = Schedule.exponential("100 millis").pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(5)))),
  Schedule.jittered
)

/** Until the scope closes. A loss is told once, and so is its end. */
export const follow = Effect.fnUntraced(function*(memory: Forgetting) {
  let told = false
  const lost = ({ message }: { readonly message: string }) =>
    Effect.suspend(() => {
      const first = !told
      told = true
      return first
        ? Effect.logWarning(`changes of permissions are not heard of, so each request asks the database: ${message}`)
        : Effect.void
    })
  const began = Effect.suspend(() => {
    const after = told
    told = false
    return after ? Effect.logInfo("changes of permissions are heard of again") : Effect.void
  })
  yield* session(memory, began).pipe(
    Effect.ensuring(trust(memory, false)),
    Effect.tapError(lost),
    Effect.retry(again),
    Effect.forkScoped
  )
})
