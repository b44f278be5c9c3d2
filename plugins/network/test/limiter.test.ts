/** The arithmetic of the rate limit, and its memory. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { type Bucket, buckets, type Rate } from "../src/internal/limiter/bucket.ts"
import { Clients } from "../src/internal/limiter/Clients.ts"
import { idle, mostExact } from "../src/internal/limiter/routePatterns.ts"

/** What the bucket says at each of these moments. */
const taken = (bucket: Bucket, rate: Rate, moments: ReadonlyArray<number>): ReadonlyArray<number> => {
  const cells = new Float64Array(bucket.width)
  bucket.fill(cells, 0, moments[0] ?? 0, rate)
  return moments.map((moment) => bucket.take(cells, 0, moment, rate))
}

for (const [name, bucket] of Object.entries(buckets)) {
  describe(`the ${name}`, () => {
    it("lets a burst pass at once, and then as many as come back", () => {
      const rate = { perSecond: 2, burst: 3 }
      assert.deepStrictEqual(taken(bucket, rate, [0, 0, 0, 0, 0.5, 0.5, 1, 1, 10, 10, 10, 10]), [
        2,
        1,
        0,
        -0.5,
        0,
        -0.5,
        0,
        -0.5,
        2,
        1,
        0,
        -0.5
      ])
    })

    it("says how long to wait, and is right about it", () => {
      const rate = { perSecond: 4, burst: 1 }
      assert.deepStrictEqual(taken(bucket, rate, [0, 0.125, 0.25]), [0, -0.125, 0])
    })

    it("what is refused takes nothing", () => {
      const rate = { perSecond: 1, burst: 1 }
      const refused = Array.from({ length: 100 }, (_, index) => index / 200)
      assert.strictEqual(taken(bucket, rate, [0, ...refused.slice(1), 1]).at(-1), 0)
    })

    it("never lets more pass than the burst and what has come back, in any order of moments", () => {
      fc.assert(fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 200 }),
        (perSecond, burst, pauses) => {
          let at = 0
          const moments = pauses.map((pause) => at += pause / 1000)
          const passed = taken(bucket, { perSecond, burst }, moments).filter((left) => left >= 0).length
          const most = burst + ((moments.at(-1) ?? 0) - (moments[0] ?? 0)) * perSecond
          assert.isAtMost(passed, Math.floor(most + 1e-6 * pauses.length))
        }
      ))
    })

    it("is not fooled by a clock that goes back", () => {
      const rate = { perSecond: 1, burst: 1 }
      assert.deepStrictEqual(taken(bucket, rate, [10, 5, 10.5, 11]).map((left) => left >= 0), [
        true,
        false,
        false,
        true
      ])
    })
  })
}

it("both ways of counting let the same requests pass", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 64 }).map((power) => 2 ** (power % 7)),
    fc.integer({ min: 1, max: 20 }),
    fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 1, maxLength: 100 }),
    (perSecond, burst, pauses) => {
      let at = 0
      const moments = pauses.map((pause) => at += pause / 64)
      const [one, two] = [buckets.token_bucket, buckets.leaky_bucket].map((bucket) =>
        taken(bucket, { perSecond, burst }, moments)
      )
      assert.deepStrictEqual(one, two)
    }
  ))
})

describe("a route with a limit of its own", () => {
  const patterns = ["/a/:id", "GET /a/:id", "/a/*", "/a/b/*", "POST /*", "/*", "*"]

  it.each([
    ["GET /a/:id", "GET /a/:id"],
    ["HEAD /a/:id", "GET /a/:id"],
    ["PUT /a/:id", "/a/:id"],
    ["PUT /a/b/c", "/a/b/*"],
    ["PUT /a/b", "/a/b/*"],
    ["PUT /a/*", "/a/*"],
    ["PUT /a", "/a/*"],
    ["PUT /ab", "/*"],
    ["POST /ab", "POST /*"],
    ["POST /a/b", "/a/b/*"],
    ["GET *", "*"]
  ])("%s is held by %s", (route, expected) => {
    assert.strictEqual(mostExact(patterns, route), expected)
    assert.strictEqual(mostExact(patterns.toReversed(), route), expected)
  })

  it("is not the one of a request that no route has", () => {
    assert.isUndefined(mostExact(patterns, ""))
    assert.isUndefined(mostExact(["/a"], "GET /ab"))
  })

  it("holds nothing where no route has its name", () => {
    const routes = ["GET /a/:id", "* /files/*", "POST /a"]
    assert.deepStrictEqual(
      idle(["/a/:id", "PUT /a/:id", "PUT /files/*", "/a/*", "/b/*", "/a/:name", "GET /a"], routes),
      ["PUT /a/:id", "/b/*", "/a/:name", "GET /a"]
    )
  })
})

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** Bytes that are in use, garbage not counted. */
const held = (): number => {
  if (typeof collect === "function") collect()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe("clients", () => {
  const rate = { perSecond: 1, burst: 2 }
  const clients = (most: number, evicted = () => {}) => new Clients(buckets.leaky_bucket, rate, most, evicted)

  it("have a bucket each", () => {
    const table = clients(10)
    assert.deepStrictEqual(["a", "a", "a", "b"].map((key) => table.take(key, 0)), [1, 0, -1, 1])
  })

  it("a million of them take the place of a thousand", () => {
    const table = clients(1000)
    const before = held()
    for (let index = 0; index < 1_000_000; index++) table.take(`client ${index}`, index / 1000)
    const grown = held() - before
    assert.strictEqual(table.size, 1000)
    assert.isBelow(grown, 1024 * 1024)
  }, 60_000)

  it("that are idle make place first, without being counted", () => {
    let evictions = 0
    const table = clients(2, () => evictions++)
    table.take("idle", 0)
    for (const _ of [1, 2]) table.take("busy", 9)
    table.take("new", 10)
    assert.deepStrictEqual([evictions, table.size], [0, 2])
    assert.isBelow(table.take("busy", 9), 0)
  })

  it("where all are busy, the one that loses least makes place, and that is counted", () => {
    let evictions = 0
    const table = clients(2, () => evictions++)
    table.take("little", 0)
    for (const _ of [1, 2]) table.take("much", 0)
    table.take("new", 0)
    assert.deepStrictEqual([evictions, table.take("much", 0) < 0], [1, true])
  })

  it("keep their debt when the rate changes", () => {
    const table = clients(2)
    for (const _ of [1, 2]) table.take("a", 0)
    table.rate = { perSecond: 1, burst: 4 }
    assert.strictEqual(table.take("a", 0), 1)
  })

  it("a stranger is not entered by a look", () => {
    const table = clients(2)
    assert.deepStrictEqual([table.peek("a", 0), table.size], [1, 0])
  })
})
