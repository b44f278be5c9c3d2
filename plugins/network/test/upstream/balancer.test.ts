import { assert, describe, it } from "@effect/vitest"
import { type Candidate, pick } from "../../src/internal/upstream/balancer.ts"

const endpoints = (...inFlight: ReadonlyArray<number>): ReadonlyArray<Candidate> =>
  inFlight.map((each, index) => ({ url: `http://10.0.0.${index + 1}:8080`, inFlight: each }))

const five = endpoints(0, 0, 0, 0, 0)

const urls = (all: ReadonlyArray<Candidate>) => all.map(({ url }) => url)

const keys = Array.from({ length: 5000 }, (_, index) => `customer-${index}`)

const byKey = (all: ReadonlyArray<Candidate>) =>
  new Map(keys.map((key) => [key, pick("ip_hash", all, 0, key)?.url ?? "nobody"]))

describe("balancing", () => {
  it("round_robin asks one after the other", () => {
    const asked = [0, 1, 2, 3, 4, 5].map((turn) => pick("round_robin", five, turn, undefined)?.url)
    assert.deepStrictEqual(asked, [...urls(five), five[0]?.url])
  })

  it("least_connections asks the one with the fewest requests under way, and takes turns among equals", () => {
    assert.strictEqual(pick("least_connections", endpoints(3, 1, 2), 7, undefined)?.url, "http://10.0.0.2:8080")
    const idle = endpoints(0, 0, 5)
    const asked = new Set(
      [0, 1, 2, 3, 4, 5].map((turn) => pick("least_connections", idle, turn, undefined)?.url ?? "nobody")
    )
    assert.deepStrictEqual(asked, new Set(["http://10.0.0.1:8080", "http://10.0.0.2:8080"]))
  })

  it("ip_hash asks the same one for the same key, whatever the turn and the load", () => {
    const busy = endpoints(9, 0, 7, 1, 3)
    for (const key of keys.slice(0, 100)) {
      assert.strictEqual(pick("ip_hash", busy, 3, key)?.url, pick("ip_hash", five, 0, key)?.url)
    }
  })

  it("ip_hash spreads keys evenly", () => {
    const counts = Map.groupBy([...byKey(five).values()], (url) => url)
    assert.strictEqual(counts.size, 5)
    for (const { length } of counts.values()) assert.closeTo(length, 1000, 150)
  })

  it("ip_hash moves only the keys of an endpoint that goes, and a fair share to one that comes", () => {
    const before = byKey(five)
    const gone = five.slice(0, 4)
    for (const [key, url] of byKey(gone)) {
      const was = before.get(key)
      if (was !== five[4]?.url) assert.strictEqual(url, was)
    }
    const moved = [...byKey(endpoints(0, 0, 0, 0, 0, 0))].filter(([key, url]) => url !== before.get(key))
    assert.isTrue(moved.every(([, url]) => url === "http://10.0.0.6:8080"))
    assert.closeTo(moved.length, keys.length / 6, 150)
  })

  it("ip_hash without a key takes turns", () => {
    assert.strictEqual(pick("ip_hash", five, 1, undefined)?.url, five[1]?.url)
  })
})
