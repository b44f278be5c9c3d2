import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Endpoint, Endpoints, type EndpointsPolicy } from "../../src/internal/upstream/endpoints.ts"

const policy: EndpointsPolicy = {
  strategy: "round_robin",
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  ejection: { enabled: true, consecutiveFailures: 2, millis: 1000, maxMillis: 2500, maxShare: 0.5 }
}

const names = ["a", "b", "c", "d"]

const nobody: ReadonlySet<Endpoint> = new Set()

const make = (own: Partial<EndpointsPolicy["ejection"]> = {}, all = names) => {
  const endpoints = new Endpoints(all, { ...policy, ejection: { ...policy.ejection, ...own } })
  const at = (url: string): Endpoint => {
    const found = endpoints.all.find((endpoint) => endpoint.url === url)
    if (found === undefined) throw new Error(`no endpoint ${url}`)
    return found
  }
  const fail = (url: string, now: number, times = 2) => {
    let change
    for (let time = 0; time < times; time++) change = endpoints.answered(at(url), true, now)
    return change
  }
  return { endpoints, at, fail, usable: () => endpoints.usable.map(({ url }) => url) }
}

describe("endpoints", () => {
  it("are left out after so many bad probes, and asked again after so many good ones", () => {
    const { at, endpoints, usable } = make()
    const changes = [false, false, true, false, false, false].map((passed) => endpoints.probed(at("b"), passed))
    assert.deepStrictEqual(changes, [undefined, undefined, undefined, undefined, undefined, "unhealthy"])
    assert.deepStrictEqual(usable(), ["a", "c", "d"])
    const back = [true, false, true, true].map((passed) => endpoints.probed(at("b"), passed))
    assert.deepStrictEqual(back, [undefined, undefined, undefined, "healthy"])
    assert.deepStrictEqual(usable(), names)
  })

  it("are ejected after failures in a row, for longer each time, up to a bound", () => {
    const { at, endpoints, fail, usable } = make()
    assert.isUndefined(fail("a", 0, 1))
    assert.isUndefined(endpoints.answered(at("a"), false, 0))
    assert.strictEqual(fail("a", 0), "ejected")
    assert.deepStrictEqual(usable(), ["b", "c", "d"])
    const times = [at("a").ejectedMillis]
    let now = 0
    for (let round = 0; round < 3; round++) {
      now += at("a").ejectedMillis
      assert.strictEqual(endpoints.returned(at("a"), now), "returned")
      fail("a", now + 1)
      times.push(at("a").ejectedMillis)
    }
    assert.deepStrictEqual(times, [1000, 2000, 2500, 2500])
  })

  it("that behaved for as long as they were out are ejected for as long as at first", () => {
    const { at, endpoints, fail } = make()
    fail("a", 0)
    endpoints.returned(at("a"), 1000)
    fail("a", 2000)
    assert.strictEqual(at("a").ejectedMillis, 1000)
  })

  it("are never ejected beyond the share, and of a single one none", () => {
    const { fail, usable } = make()
    for (const url of names) fail(url, 0)
    assert.deepStrictEqual(usable(), ["c", "d"])
    const { fail: failAlone, usable: alone } = make({}, ["a"])
    assert.isUndefined(failAlone("a", 0, 100))
    assert.deepStrictEqual(alone(), ["a"])
  })

  it("stay where ejection is off", () => {
    const { fail, usable } = make({ enabled: false })
    assert.isUndefined(fail("a", 0, 100))
    assert.deepStrictEqual(usable(), names)
  })

  it("are all asked when none is well", () => {
    const { at, endpoints } = make()
    for (const url of names) for (let time = 0; time < 3; time++) endpoints.probed(at(url), false)
    assert.deepStrictEqual(endpoints.usable, [])
    assert.deepStrictEqual(names.map(() => endpoints.pick(undefined, nobody)?.url), names)
  })

  it("that a request has tried are avoided while there are others", () => {
    const { at, endpoints } = make({}, ["a", "b"])
    for (let time = 0; time < 4; time++) assert.strictEqual(endpoints.pick(undefined, new Set([at("a")]))?.url, "b")
    assert.isDefined(endpoints.pick(undefined, new Set([at("a"), at("b")])))
  })

  it("whatever happens, at most the share is out, and somebody is always asked", () => {
    const event = fc.record({
      what: fc.constantFrom("failed", "answered", "probe good", "probe bad", "returned"),
      who: fc.nat(3)
    })
    fc.assert(fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const { endpoints } = make()
      events.forEach(({ what, who }, now) => {
        const endpoint = endpoints.all[who]
        if (endpoint === undefined) return
        if (what === "failed" || what === "answered") endpoints.answered(endpoint, what === "failed", now)
        else if (what === "returned") endpoints.returned(endpoint, now)
        else endpoints.probed(endpoint, what === "probe good")
        assert.isAtMost(endpoints.all.filter(({ ejectedUntil }) => ejectedUntil !== undefined).length, 2)
        assert.isDefined(endpoints.pick(undefined, nobody))
      })
    }))
  })
})
