import { assert, describe, it } from "@effect/vitest"
import { type Admission, Breaker, type BreakerPolicy, type Outcome } from "../../src/internal/upstream/breaker.ts"

const policy: BreakerPolicy = {
  enabled: true,
  failureRate: 0.5,
  windowMillis: 10_000,
  minimumRequests: 10,
  consecutiveFailures: 5,
  openMillis: 1000,
  maxOpenMillis: 3000,
  halfOpenRequests: 1
}

const make = (own: Partial<BreakerPolicy> = {}) => new Breaker({ ...policy, ...own })

const roundOf = (admission: Admission): number => {
  if (!admission.admitted) throw new Error("was not admitted")
  return admission.round
}

/** A request that is let through and ends at once. */
const request = (breaker: Breaker, outcome: Outcome, now: number) =>
  breaker.record(roundOf(breaker.admit(now)), outcome, now)

const fail = (breaker: Breaker, times: number, now: number) => {
  for (let time = 1; time < times; time++) assert.isUndefined(request(breaker, "failure", now))
  return request(breaker, "failure", now)
}

describe("a circuit", () => {
  it("opens after so many failures in a row, and a success between them starts anew", () => {
    const breaker = make()
    fail(breaker, 4, 0)
    request(breaker, "success", 0)
    assert.deepStrictEqual(fail(breaker, 5, 0), {
      from: "closed",
      to: "open",
      reason: "5 failures in a row",
      openMillis: 1000
    })
    assert.deepStrictEqual(breaker.admit(400), { admitted: false, retryMillis: 600 })
  })

  it("opens by rate, from the least number of requests on", () => {
    const breaker = make({ consecutiveFailures: 100 })
    const outcomes = ["success", "failure"] as const
    for (let index = 0; index < 9; index++) {
      assert.isUndefined(request(breaker, outcomes[index % 2] ?? "success", index))
    }
    assert.deepInclude(request(breaker, "failure", 9), { to: "open", reason: "50 % of 10 requests failed" })
  })

  it("forgets what is older than the window", () => {
    const breaker = make({ consecutiveFailures: 100 })
    fail(breaker, 9, 0)
    for (let index = 0; index < 9; index++) assert.isUndefined(request(breaker, "success", 10_500 + index))
    assert.isUndefined(request(breaker, "failure", 10_600))
    assert.strictEqual(breaker.state, "closed")
  })

  it("lets one probe through when its time is over, which closes it or opens it for twice as long, up to a bound", () => {
    const breaker = make()
    fail(breaker, 5, 0)
    const probe = breaker.admit(1000)
    assert.deepInclude(probe, { admitted: true, transition: { from: "open", to: "half_open" } })
    assert.deepStrictEqual(breaker.admit(1000), { admitted: false, retryMillis: 0 })
    assert.deepInclude(breaker.record(roundOf(probe), "failure", 1500), { reason: "a probe failed", openMillis: 2000 })
    assert.isFalse(breaker.admit(3499).admitted)
    assert.deepInclude(request(breaker, "failure", 3500), { openMillis: 3000 })
    assert.deepStrictEqual(request(breaker, "success", 6500), { from: "half_open", to: "closed" })
    assert.strictEqual(breaker.state, "closed")
  })

  it("that fails again soon after it closed opens for longer, later for as long as at first", () => {
    const soon = make()
    fail(soon, 5, 0)
    request(soon, "success", 1000)
    assert.deepInclude(fail(soon, 5, 1500), { openMillis: 2000 })
    const late = make()
    fail(late, 5, 0)
    request(late, "success", 1000)
    assert.deepInclude(fail(late, 5, 2000), { openMillis: 1000 })
  })

  it("asks for as many probes as the settings say", () => {
    const breaker = make({ halfOpenRequests: 3 })
    fail(breaker, 5, 0)
    const probes = [breaker.admit(1000), breaker.admit(1000), breaker.admit(1000)]
    assert.isFalse(breaker.admit(1000).admitted)
    const [first, second, third] = probes.map(roundOf)
    assert.isUndefined(breaker.record(first ?? 0, "success", 1001))
    assert.isFalse(breaker.admit(1001).admitted)
    assert.isUndefined(breaker.record(second ?? 0, "success", 1002))
    assert.deepInclude(breaker.record(third ?? 0, "success", 1003), { to: "closed" })
  })

  it("gives the place of a probe away when nobody waited for it", () => {
    const breaker = make()
    fail(breaker, 5, 0)
    assert.isUndefined(request(breaker, "ignored", 1000))
    assert.deepInclude(request(breaker, "success", 1000), { to: "closed" })
  })

  it("does not count what was let through before it changed", () => {
    const breaker = make()
    const old = roundOf(breaker.admit(0))
    fail(breaker, 5, 0)
    assert.isUndefined(breaker.record(old, "success", 10))
    assert.strictEqual(breaker.state, "open")
    const probe = roundOf(breaker.admit(1000))
    assert.isUndefined(breaker.record(old, "failure", 1000))
    assert.deepInclude(breaker.record(probe, "success", 1001), { to: "closed" })
  })

  it("never opens where it is off", () => {
    const breaker = make({ enabled: false })
    for (let index = 0; index < 100; index++) assert.isUndefined(request(breaker, "failure", index))
  })
})
