import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import { describe, expect, it } from "vitest"
import { lameDuckOf, overrides } from "../src/drainTest/instanceSettings.ts"
import { dueMillis, isFresh, kindOf } from "../src/drainTest/mix.ts"
import { parse } from "../src/drainTest/phases.ts"
import * as Report from "../src/drainTest/Report.ts"
import * as Rotation from "../src/drainTest/rotation.ts"
import * as Tally from "../src/drainTest/tally.ts"

const line = (message: string, plugin = "kernel") => JSON.stringify({ level: "INFO", message, plugin })

describe("the steps of a stop in the log", () => {
  it("are read from the kernel's own line, whatever plugins are called", () => {
    const log = [
      "not JSON",
      line("stopped: jobs 99 ms", "orders"),
      line("stopping: asked for by a signal, or the end of its scope"),
      line(
        "stopped: lame_duck 1000 ms, accept 21 ms, requests 22 ms, jobs 2 ms, close 285 ms (orders 2 ms, jobs 7 ms, close 9 ms)"
      ),
      ""
    ].join("\n")
    expect(parse(log)).toEqual({
      steps: { lame_duck: 1000, accept: 21, requests: 22, jobs: 2, close: 285 },
      cut: [],
      cutCount: 0
    })
  })

  it("tell what was cut, each request of it", () => {
    const log = [
      line("drain: network requests was cut after 20s"),
      line("stop: 12 requests were cut off", "network"),
      line("stop: database was cut after 20s"),
      line("stopped: requests 20003 ms (cut: network requests, invoice workers), jobs 4 ms, close 3 ms (network 1 ms)")
    ].join("\n")
    expect(parse(log)).toEqual({
      steps: { requests: 20003, jobs: 4, close: 3 },
      cut: [
        "drain: network requests was cut after 20s",
        "stop: 12 requests were cut off",
        "stop: database was cut after 20s"
      ],
      cutCount: 14
    })
  })

  it("are absent when the instance died before it could tell them", () => {
    expect(parse(line("request"))).toEqual({ steps: {}, cut: [], cutCount: 0 })
  })
})

describe("the mix", () => {
  it("places so many orders of 50, reads 15, and spreads them", () => {
    const kinds = Array.from({ length: 50 }, (_, index) => kindOf(index, 3))
    expect(kinds.filter((kind) => kind === "place")).toHaveLength(3)
    expect(kinds.filter((kind) => kind === "read")).toHaveLength(15)
    expect(kinds.join(" ")).not.toContain("place place")
  })

  it("has every fifth request on a connection of its own, and every kind among them", () => {
    const fresh = Array.from({ length: 1000 }, (_, index) => index).filter(isFresh)
    expect(fresh).toHaveLength(200)
    expect(new Set(fresh.map((index) => kindOf(index, 1)))).toEqual(new Set(["place", "read", "page"]))
  })

  it("is on time from the first request to the last", () => {
    expect([0, 1, 250, 5000].map((index) => dueMillis(index, 500))).toEqual([0, 2, 500, 10_000])
  })
})

it("takes turns among the ready instances that have room", () => {
  const rotation = Rotation.make(["a", "b"], 2)
  expect([rotation.isEmpty(), rotation.take(undefined)]).toEqual([true, undefined])
  expect([rotation.set("a", true), rotation.set("a", true), rotation.set("b", true)]).toEqual([true, false, true])
  expect(new Set([rotation.take(undefined), rotation.take(undefined)])).toEqual(new Set(["a", "b"]))
  expect(rotation.take("b")).toBe("b")
  expect(rotation.take("b")).toBe("a")
  expect(rotation.take(undefined)).toBeUndefined()
  rotation.giveBack("b")
  rotation.giveBack("a")
  rotation.set("a", false)
  expect([rotation.take("a"), rotation.take(undefined)]).toEqual(["b", undefined])
})

it("counts failures by kind with a few examples, and late answers apart from failed ones", () => {
  const tally = Tally.make()
  for (let index = 0; index < 10; index++) tally.sent(index % 5 === 0, index)
  for (const millis of [1, 2, 3, 4, 1500]) tally.answered(millis)
  for (let index = 0; index < 5; index++) tally.failed("ECONNRESET", `example ${index}`)
  expect(tally.outcome()).toEqual({
    sent: 10,
    failed: 5,
    kinds: { ECONNRESET: 5 },
    examples: ["example 0", "example 1", "example 2"],
    connections: { kept: 8, fresh: 2 },
    placed: [],
    latency: { p50_ms: 3, p99_ms: 1500, max_ms: 1500, late: 1, behind_ms: 9 }
  })
})

describe("the settings of an instance", () => {
  const tree = (lameDuck: Duration.Input, origins: ReadonlyArray<string>): Settings.SettingsTree => ({
    ...Settings.empty,
    timing: { ...Settings.empty.timing, lameDuck: Duration.fromInputUnsafe(lameDuck) },
    origins: new Map(origins.map((key) => [key, "a.yaml:1:1"]))
  })

  it("keep the lame duck that somebody wrote, also none at all", () => {
    expect(Duration.toMillis(lameDuckOf(tree(0, [])))).toBe(1000)
    expect(Duration.toMillis(lameDuckOf(tree(0, ["deployment.drain.lame_duck"])))).toBe(0)
    expect(Duration.toMillis(lameDuckOf(tree("5 seconds", ["deployment.drain.lame_duck"])))).toBe(5000)
  })

  it("carry no secret on the command line", () => {
    const wanted = {
      ports: { http: 1, health: 2, metrics: 3 },
      dataDirectory: "/d",
      log: "/l",
      lameDuck: Duration.seconds(1),
      queueFull: false
    }
    expect(overrides(wanted)).toContain("network.auth.jwt.secret=${HEPTAD_DRAIN_TEST_SECRET}")
    expect(overrides(wanted)).toContain("deployment.drain.lame_duck=1000ms")
    expect(overrides(wanted).some((one) => one.startsWith("orders."))).toBe(false)
    expect(overrides({ ...wanted, queueFull: true })).toContain("thread.queue.capacity=1")
  })
})

describe("the report", () => {
  const report: Report.Report = {
    sent: 10_040,
    failed: 0,
    cut: 0,
    phases: [{
      instance: "a",
      signal_at_ms: 5010,
      out_of_rotation_ms: 60,
      lame_duck_ms: 1000,
      accept_ms: 510,
      requests_ms: 30,
      jobs_ms: 0,
      close_ms: 970,
      exit_ms: 2630,
      exit_code: 0,
      back_in_rotation_ms: 8650,
      jobs_waiting: null,
      cut: []
    }],
    kinds: {},
    examples: [],
    connections: { kept: 8032, fresh: 2008 },
    latency: { p50_ms: 3.1, p99_ms: 40, max_ms: 90, late: 0, behind_ms: 3 },
    orders: { accepted: 231, fulfilled: 231 },
    problems: []
  }

  it("says in one sentence what was lost and how long the drain took", () => {
    expect(Report.verdict(report)).toBe(
      "0 of 10,040 requests failed, 0 were cut. Drain of a took 2.63 s: " +
        "lame_duck 1.00 s, accept 0.51 s, requests 0.03 s, jobs 0.00 s, close 0.97 s."
    )
  })

  it("passes only when nothing failed, nothing was cut and nothing else is wrong", () => {
    expect(Report.passed(report)).toBe(true)
    expect(Report.passed({ ...report, failed: 1 })).toBe(false)
    expect(Report.passed({ ...report, cut: 1 })).toBe(false)
    expect(Report.passed({ ...report, problems: ["Instance a ended with 143 instead of 0"] })).toBe(false)
  })

  it("shows failures by kind and that the machine was slow", () => {
    const text = Report.text({
      ...report,
      failed: 2,
      kinds: { ECONNRESET: 2 },
      examples: ["at 5.10 s, after 0.01 s, GET /x: ECONNRESET"],
      latency: { ...report.latency, behind_ms: 1220 }
    })
    expect(text).toContain("failed        2 × ECONNRESET\n  at 5.10 s, after 0.01 s, GET /x: ECONNRESET\n")
    expect(text).toContain("slow machine  the load was up to 1.22 s behind its own clock")
  })
})
