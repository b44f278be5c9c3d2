/** One limit in several processes: what each lets pass, and when the others know. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { buckets } from "../src/internal/limiter/bucket.ts"
import { type LimitNote, LimitPeers, type To } from "../src/internal/limiter/LimitPeers.ts"
import { type Counting, Quota, type Terms } from "../src/internal/limiter/Quota.ts"
import * as Sharing from "../src/internal/limiter/sharing.ts"

type Take = (note: LimitNote, from: number) => void

interface Sent {
  readonly from: number
  readonly note: LimitNote
  readonly to: To
}

/** Carries notes between processes as the first process does: in order, each to whom it is meant for. */
const channel = () => {
  const members = new Map<number, Take>()
  const sent: Array<Sent> = []
  let lost = false
  const receivers = (from: number, to: To): ReadonlyArray<Take> => {
    const others = [...members].filter(([number]) => number !== from)
    if (to === "all") return others.map(([, take]) => take)
    return others.filter(([number], index) => to === "one" ? index === 0 : number === to).map(([, take]) => take)
  }
  const join = (number: number): LimitPeers => ({
    tell: (note, to) => {
      sent.push({ from: number, note, to })
      if (!lost) receivers(number, to).forEach((take) => take(note, number))
    },
    hear: (take) => {
      members.set(number, take)
      return () => members.delete(number)
    }
  })
  return { join, sent, lose: (yes: boolean) => (lost = yes) }
}

type Channel = ReturnType<typeof channel>

const counting: Counting = { key: ["ip"], max_keys: 100_000, strategy: "token_bucket" }
const terms: Terms = { name: "default", burst: 10, requests_per_second: 1 }

const now = Effect.map(Clock.Clock, (clock) => Number(clock.monotonicTimeNanosUnsafe()) / 1e9)

/** A process with this limit. */
const process = Effect.fnUntraced(function*(
  { join }: Channel,
  number: number,
  given: { readonly terms?: Terms; readonly counting?: Counting } = {}
) {
  const sharing = yield* Effect.provideService(Sharing.make, LimitPeers, join(number))
  const quota = new Quota({ ...terms, ...given.terms }, { ...counting, ...given.counting }, {
    bell: sharing?.bell,
    evicted: () => {}
  })
  sharing?.attach(() => [quota])
  return { take: (key: string) => Effect.map(now, (at) => quota.take(key, at)), quota }
})

/** Processes have asked the others what clients owe when they run. */
const settled = TestClock.adjust("10 millis")

/** How many of so many requests pass. */
const passed = ({ take }: Effect.Success<ReturnType<typeof process>>, key: string, count: number) =>
  Effect.map(
    Effect.replicateEffect(take(key), count),
    (answers) => answers.filter((left) => left >= 0).length
  )

const taken = ({ sent }: Channel) =>
  sent.flatMap(({ from, note }) => note._tag === "Taken" ? [{ from, keys: note.keys, counts: note.counts }] : [])

for (const strategy of ["token_bucket", "leaky_bucket"] as const) {
  describe(`a limit of several processes (${strategy})`, () => {
    const start = (channel: Channel, number: number) =>
      process(channel, number, { counting: { ...counting, strategy } })

    it.effect("counts after 50 ms what the others let pass", () =>
      Effect.gen(function*() {
        const net = channel()
        const [one, two] = [yield* start(net, 1), yield* start(net, 2)]
        yield* settled
        assert.strictEqual(yield* passed(one, "a", 4), 4)
        yield* TestClock.adjust("49 millis")
        assert.deepStrictEqual(taken(net), [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(taken(net), [{ from: 1, keys: ["a"], counts: [4] }])
        assert.strictEqual(yield* passed(two, "a", 10), 6)
      }))

    it.effect("goes into debt for what all let pass at the same time, and nobody gets more until it is paid", () =>
      Effect.gen(function*() {
        const net = channel()
        const [one, two] = [yield* start(net, 1), yield* start(net, 2)]
        yield* settled
        assert.deepStrictEqual([yield* passed(one, "a", 20), yield* passed(two, "a", 20)], [10, 10])
        yield* TestClock.adjust("50 millis")
        assert.approximately(yield* one.take("a"), -10.95, 1e-3)
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual([yield* passed(one, "a", 5), yield* passed(two, "a", 5)], [0, 0])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual([yield* passed(one, "a", 5)], [1])
      }))

    it.effect("gives a process that starts what clients owe, once", () =>
      Effect.gen(function*() {
        const net = channel()
        const [one, two] = [yield* start(net, 1), yield* start(net, 2)]
        yield* settled
        yield* passed(one, "a", 4)
        yield* passed(two, "a", 3)
        yield* passed(two, "b", 1)
        yield* TestClock.adjust("50 millis")
        // Not told yet when the third one asks.
        yield* passed(one, "a", 1)
        const three = yield* start(net, 3)
        yield* TestClock.adjust("100 millis")
        assert.deepStrictEqual([yield* passed(three, "a", 10), yield* passed(three, "c", 10)], [2, 10])
      }))
  })
}

describe("what processes tell each other", () => {
  it.effect("a process alone tells nobody, and keeps nothing for telling", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* Sharing.make)
      const quota = new Quota(terms, counting, { bell: undefined, evicted: () => {} })
      assert.strictEqual(quota.take("a", 0), 9)
      assert.isUndefined(quota.untold)
    }))

  it.effect("nothing is said while nothing is taken; refusals are not told", () =>
    Effect.gen(function*() {
      const net = channel()
      const one = yield* process(net, 1)
      yield* passed(one, "a", 100)
      yield* TestClock.adjust("1 hours")
      assert.deepStrictEqual(taken(net), [{ from: 1, keys: ["a"], counts: [10] }])
    }))

  it.effect("a client that takes a quarter of its burst at once is told of after 5 ms", () =>
    Effect.gen(function*() {
      const net = channel()
      const one = yield* process(net, 1, { terms: { ...terms, burst: 1000 } })
      yield* passed(one, "a", 249)
      yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual(taken(net), [])
      yield* one.take("a")
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(taken(net), [{ from: 1, keys: ["a"], counts: [250] }])
    }))

  it.effect("a message has at most 1,000 clients: with more it goes at once", () =>
    Effect.gen(function*() {
      const net = channel()
      const one = yield* process(net, 1)
      for (let client = 0; client < 2500; client++) yield* one.take(`client ${client}`)
      assert.deepStrictEqual(taken(net).map(({ keys }) => keys.length), [1000, 1000])
      yield* TestClock.adjust("50 millis")
      assert.deepStrictEqual(taken(net).map(({ keys }) => keys.length), [1000, 1000, 500])
    }))

  it.effect("debts go in messages of at most 1,000 clients, with pauses between them, to whom asked", () =>
    Effect.gen(function*() {
      const net = channel()
      const one = yield* process(net, 1)
      for (let client = 0; client < 1500; client++) yield* one.take(`client ${client}`)
      const two = yield* process(net, 2)
      yield* process(net, 3)
      yield* settled
      yield* settled
      const debts = net.sent.flatMap(({ note, to }) => note._tag === "Debts" ? [[to, note.keys.length]] : [])
      assert.deepStrictEqual(debts.slice(0, 2), [[2, 1000], [2, 500]])
      assert.strictEqual(yield* passed(two, "client 1499", 10), 9)
    }))

  it.effect("what is about another limit or another key is left alone", () =>
    Effect.gen(function*() {
      const net = channel()
      const one = yield* process(net, 1, { counting: { ...counting, key: ["user"] } })
      const two = yield* process(net, 2, { terms: { ...terms, name: "POST /orders" } })
      const three = yield* process(net, 3)
      yield* passed(three, "a", 10)
      yield* TestClock.adjust("50 millis")
      assert.deepStrictEqual([yield* passed(one, "a", 10), yield* passed(two, "a", 10)], [10, 10])
    }))

  it.effect("a lost message takes nothing but its own requests from the count", () =>
    Effect.gen(function*() {
      const net = channel()
      const [one, two] = [yield* process(net, 1), yield* process(net, 2)]
      yield* settled
      net.lose(true)
      yield* passed(one, "a", 3)
      yield* TestClock.adjust("50 millis")
      net.lose(false)
      yield* passed(one, "a", 4)
      yield* TestClock.adjust("50 millis")
      assert.strictEqual(yield* passed(two, "a", 10), 6)
    }))

  it.effect("what was let pass is told at the end of a process", () =>
    Effect.gen(function*() {
      const net = channel()
      const two = yield* process(net, 2)
      yield* Effect.scoped(Effect.flatMap(process(net, 1), (one) => passed(one, "a", 4)))
      assert.strictEqual(yield* passed(two, "a", 10), 6)
    }))

  it.effect("a new version of the settings keeps the debts of others where the clients are the same", () =>
    Effect.gen(function*() {
      const net = channel()
      const [one, two] = [yield* process(net, 1), yield* process(net, 2)]
      yield* settled
      yield* passed(one, "a", 4)
      yield* TestClock.adjust("50 millis")
      const around = { bell: undefined, evicted: () => {} }
      const renewed = new Quota({ ...terms, burst: 20 }, counting, around, two.quota)
      assert.strictEqual(renewed.take("a", yield* now), 15)
      const other = new Quota(terms, { ...counting, key: ["user"] }, around, two.quota)
      assert.strictEqual(other.take("a", yield* now), 9)
    }))
})

/** Requests at these moments in milliseconds, each to one of the processes; answers which of them passed. */
const run = (
  processes: number,
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
  requests: ReadonlyArray<{ readonly pause: number; readonly process: number }>
) =>
  Effect.gen(function*() {
    const net = channel()
    const limit = { terms: { name: "default", burst, requests_per_second: perSecond } }
    const all = yield* Effect.forEach(Array.from({ length: processes }), (_, number) => process(net, number, limit))
    const passes: Array<{ readonly at: number; readonly process: number }> = []
    let at = 0
    for (const { pause, process } of requests) {
      at += pause
      yield* TestClock.adjust(`${pause} millis`)
      const left = yield* all[process % processes]?.take("a") ?? Effect.die("no process")
      if (left >= 0) passes.push({ at, process: process % processes })
    }
    return passes
  }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))

it.live(
  "lets at most the burst, what comes back, and what the others had not told yet pass",
  () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 4 }),
          fc.record({ burst: fc.integer({ min: 1, max: 40 }), perSecond: fc.integer({ min: 1, max: 200 }) }),
          fc.array(fc.record({ pause: fc.integer({ min: 0, max: 20 }), process: fc.nat({ max: 3 }) }), {
            minLength: 1,
            maxLength: 150
          }),
          async (processes, rate, requests) => {
            const passes = await Effect.runPromise(run(processes, rate, requests))
            passes.forEach((last, index) => {
              const untold = passes.slice(0, index + 1)
                .filter(({ at, process }) => process !== last.process && last.at - at <= 50).length
              passes.slice(0, index + 1).forEach((first, from) => {
                const seconds = (last.at - first.at) / 1000
                assert.isAtMost(index - from + 1, rate.burst + seconds * rate.perSecond + untold + 1e-3)
              })
            })
          }
        ),
        { numRuns: 60 }
      )
    ),
  60_000
)

it("a debt beyond the burst is paid like any other", () => {
  for (const bucket of Object.values(buckets)) {
    const cells = new Float64Array(bucket.width)
    const rate = { perSecond: 2, burst: 3 }
    bucket.fill(cells, 0, 0, rate)
    bucket.owe(cells, 0, 7, 0, rate)
    assert.deepStrictEqual([bucket.debt(cells, 0, 1, rate), bucket.take(cells, 0, 1, rate)], [5, -1.5])
    assert.deepStrictEqual([bucket.take(cells, 0, 2.5, rate), bucket.take(cells, 0, 2.5, rate)], [0, -0.5])
  }
})
