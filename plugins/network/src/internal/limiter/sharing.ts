/**
 * Several processes, one limit: what clients were let pass here is told the other processes, and what they were let pass there is
 * taken from their buckets here. Requests never wait for it. A client gets at most what the others had let pass and had not told yet
 * beyond its limit, and its bucket goes into debt for that.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type LimitNote, LimitPeers } from "./LimitPeers.ts"
import type { Quota } from "./Quota.ts"
import { type Bell, mostKeys } from "./Untold.ts"

/** The others are told this long after something was taken. */
const pause = "50 millis"

/** The same when it is urgent. It is the pause between two batches of debts, too: requests go between them. */
const shortPause = "5 millis"

/** Processes that may wait for the debts at a time. */
const mostAsking = 16

export interface Sharing {
  readonly bell: Bell
  /** Says which limits are in force, and asks the others what clients owe. */
  readonly attach: (quotas: () => ReadonlyArray<Quota>) => void
}

/** Applies what another process says. */
const applied = (quotas: ReadonlyArray<Quota>, note: Exclude<LimitNote, { readonly _tag: "Wanted" }>, now: number) => {
  const clients = quotas.find(({ scope }) => scope === note.scope)?.clients
  if (clients === undefined) return
  note.keys.forEach((key, index) =>
    note._tag === "Taken"
      ? clients.add(key, note.counts[index] ?? 0, now)
      : clients.raise(key, note.debts[index] ?? 0, now)
  )
}

/** The clients of a limit that owe something, in batches. */
const debtsOf = function*({ clients, scope }: Quota, now: () => number): Generator<LimitNote> {
  let [keys, debts]: [Array<string>, Array<number>] = [[], []]
  for (const [key, debt] of clients.debts(now)) {
    keys.push(key)
    debts.push(debt)
    if (keys.length < mostKeys) continue
    yield { _tag: "Debts", scope, keys, debts }
    ;[keys, debts] = [[], []]
  }
  if (keys.length > 0) yield { _tag: "Debts", scope, keys, debts }
}

const among = Effect.fnUntraced(function*(peers: LimitPeers) {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e9
  const [some, urgent] = [Latch.makeUnsafe(), Latch.makeUnsafe()]
  const asking = yield* Queue.dropping<number>(mostAsking)
  let quotas: () => ReadonlyArray<Quota> = () => []

  const flush = () => {
    some.closeUnsafe()
    urgent.closeUnsafe()
    for (const { untold } of quotas()) untold?.flush()
  }
  const hurried = Effect.andThen(urgent.await, Effect.sleep(shortPause))
  yield* some.await.pipe(
    Effect.andThen(Effect.timeoutOption(hurried, pause)),
    Effect.andThen(Effect.sync(flush)),
    Effect.forever,
    Effect.forkScoped
  )
  // What was let pass until here is not lost.
  yield* Effect.addFinalizer(() => Effect.sync(flush))

  const answer = Effect.fnUntraced(function*(to: number) {
    // Debts hold what was taken: told afterwards, it would be taken twice.
    flush()
    for (const quota of quotas()) {
      for (const note of debtsOf(quota, now)) {
        peers.tell(note, to)
        yield* Effect.sleep(shortPause)
      }
    }
  })
  yield* Queue.take(asking).pipe(Effect.flatMap(answer), Effect.forever, Effect.forkScoped)

  const take = (note: LimitNote, from: number) => {
    if (note._tag === "Wanted") Queue.offerUnsafe(asking, from)
    else applied(quotas(), note, now())
  }
  yield* Effect.acquireRelease(Effect.sync(() => peers.hear(take)), (leave) => Effect.sync(leave))

  const sharing: Sharing = {
    bell: {
      ring: () => some.openUnsafe(),
      hurry: () => urgent.openUnsafe(),
      send: (note) => peers.tell(note, "all")
    },
    attach: (given) => {
      quotas = given
      peers.tell({ _tag: "Wanted" }, "one")
    }
  }
  return sharing
})

/** Undefined where this process is alone. */
export const make: Effect.Effect<Sharing | undefined, never, Scope.Scope> = Effect.gen(function*() {
  const peers = yield* LimitPeers
  if (peers === undefined) return undefined
  return yield* among(peers)
})
