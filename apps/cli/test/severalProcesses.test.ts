/** An app as several real processes on one port. Starting one takes seconds, so that most tests share it and go on from one another. */
import { parse } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { lostByReplacing } from "./fixtures/replacing.ts"
import { ask, until } from "./fixtures/requests.ts"
import { control, isAlive, pidsOf, processes, type Several, start } from "./fixtures/several.ts"
import { heptad } from "./heptad.ts"

// Processes load the app from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const metrics = async ({ metrics }: Several) => await Effect.runPromise(parse((await ask(`${metrics}/metrics`)).body))

/** The processes that answered, each with how often. */
const answers = async (url: string, count: number): Promise<ReadonlyMap<string, number>> => {
  const seen = new Map<string, number>()
  for (let sent = 0; sent < count; sent++) {
    const { body } = await ask(`${url}/pid`)
    seen.set(body, (seen.get(body) ?? 0) + 1)
  }
  return seen
}

const opened = async (url: string, count: number): Promise<ReadonlyArray<Socket>> => {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname))
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  return sockets
}

describe("two processes", () => {
  let several: Several
  beforeAll(async () => {
    const upstreams = { stock: { endpoints: ["http://127.0.0.1:1"] } }
    several = await start({ listen: { processes: 2, restart_backoff: "50ms" }, upstreams })
  })
  afterAll(() => several.remove())

  const settingsNow = () => JSON.parse(readFileSync(join(several.root, "app.json"), "utf8"))

  const reload = (network: object) => {
    const tree = settingsNow()
    writeFileSync(join(several.root, "app.json"), JSON.stringify({ ...tree, network: { ...tree.network, ...network } }))
    return control(several, "reload", {})
  }

  const bothRun = () =>
    until(
      "both run",
      async () => (await processes(several)).every(({ healthy, state }) => healthy && state === "running")
    )

  it("take connections in turn", async () => {
    const pids = await pidsOf(several)
    expect(pids).toHaveLength(2)
    expect(pids).not.toContain(several.running.process.pid)
    expect(await answers(several.app, 10)).toEqual(new Map(pids.map((pid) => [String(pid), 5])))
  })

  it("have one metrics page: counters and histograms are sums, gauges bear the number of their process", async () => {
    const counted = async () => (await metrics(several)).sum("http_requests_total", { status: "200" })
    await until("both have reported", async () => await counted() === 10)
    await answers(several.app, 7)
    await until("both have reported", async () => await counted() === 17)
    const page = await metrics(several)
    expect(page.series.get(`http_requests_total{method="GET",status="200"}`)).toBe(17)
    expect(page.sum("http_request_duration_seconds_count")).toBe(17)
    expect([...page.series.keys()].filter((key) => key.startsWith("process_resident_memory_bytes")).toSorted())
      .toEqual(["0", "1", "supervisor"].map((name) => `process_resident_memory_bytes{process="${name}"}`))
  })

  it("have one health port, and are ready together", async () => {
    const { body, status: code } = await ask(`${several.health}/health/ready?verbose`)
    expect(code).toBe(200)
    const page = JSON.parse(body)
    expect(page.status).toBe("READY")
    for (const name of ["processes", "all_processes", "network_listener"]) {
      expect(page.checks).toContainEqual(expect.objectContaining({ name, status: "pass" }))
    }
  })

  it("have one log: its records say which process they are from", async () => {
    await control(several, "log-level", { level: "debug" })
    await control(several, "logs")
    await answers(several.app, 2)
    const text = JSON.stringify(await control(several, "logs"))
    expect(text).toContain(`"process":"0"`)
    expect(text).toContain(`"process":"1"`)
    expect(await control(several, "log-levels")).toMatchObject({ default: "debug" })
  })

  it("get new settings together, and refuse bad ones together", async () => {
    await reload({ http: { max_uri_length: "1KB" } })
    const long = `${several.app}/pid?${"x".repeat(1500)}`
    const codes = async () => [(await ask(long)).status, (await ask(long)).status]
    await until("both refuse a long URI", async () => (await codes()).every((code) => code === 414))
    expect(await reload({ http: { max_uri_length: "many" } })).toMatchObject({ code: "failed" })
    await control(several, "rollback", {})
    await until("both take a long URI again", async () => (await codes()).every((code) => code === 200))
    await reload({ http: {} })
  })

  it("tell how their upstreams are, each for itself", async () => {
    const { code, out } = await heptad(["upstreams", "--config", "app.json"], { cwd: several.root })
    expect(out.split("\n")).toEqual([
      "process  upstream  circuit  active  waiting  endpoint            state   active",
      "0        stock     closed   0       0        http://127.0.0.1:1  usable  0",
      "1        stock     closed   0       0        http://127.0.0.1:1  usable  0",
      ""
    ])
    expect(code).toBe(0)
  })

  it("keep a client each by ip_hash, and a change of the strategy counts for the next connection", async () => {
    await reload({ load_balancing: { strategy: "ip_hash" } })
    expect((await answers(several.app, 6)).size).toBe(1)
    await reload({ load_balancing: { strategy: "round_robin" } })
    expect((await answers(several.app, 6)).size).toBe(2)
  })

  it("get as many connections as one another by least_connections", async () => {
    await reload({ load_balancing: { strategy: "least_connections" } })
    const counts = async () => (await processes(several)).map(({ connections }) => connections)
    const sum = async () => (await counts()).reduce((sum, count) => sum + count, 0)
    await until("nobody is connected", async () => await sum() === 0)
    const sockets = await opened(several.app, 6)
    await until("both have three", async () => (await counts()).every((count) => count === 3))
    for (const socket of sockets.slice(0, 3)) socket.destroy()
    await until("three are left", async () => await sum() === 3)
    const more = await opened(several.app, 3)
    await until("both have three again", async () => (await counts()).every((count) => count === 3))
    for (const socket of [...sockets, ...more]) socket.destroy()
  })

  it("of which one hangs: it gets no connections, is killed, and started again", async () => {
    const health_check = { interval: "100ms", timeout: "200ms", unhealthy_threshold: 4, healthy_threshold: 1 }
    await reload({ load_balancing: { strategy: "least_connections", health_check } })
    const before = await pidsOf(several)
    const hung = ask(`${several.app}/block`).then(() => "answered", () => "cut")
    await until("it is unhealthy", async () => (await processes(several)).some(({ healthy }) => !healthy))
    expect(JSON.parse((await ask(`${several.health}/health/ready`)).body)).toMatchObject({ status: "READY" })
    expect((await answers(several.app, 4)).size).toBe(1)
    expect(await hung).toBe("cut")
    await reload({ load_balancing: {} })
    await bothRun()
    const after = await pidsOf(several)
    expect(after.filter((pid) => before.includes(pid))).toHaveLength(1)
  })

  it("of which one dies: it is started again, while the other one serves", async () => {
    const before = await pidsOf(several)
    const restarts = async () => (await metrics(several)).sum("heptad_process_restarts_total", { reason: "ended" })
    const counted = await restarts()
    await ask(`${several.app}/exit`).catch(() => undefined)
    await until("it is gone", async () => await restarts() === counted + 1)
    await bothRun()
    const after = await pidsOf(several)
    expect(after.filter((pid) => before.includes(pid))).toHaveLength(1)
    expect((await answers(several.app, 4)).size).toBe(2)
  })

  it("serve on when a successor does not start", async () => {
    const before = await pidsOf(several)
    writeFileSync(join(several.root, "die-at-start"), "")
    const restarted = await heptad(["restart-processes", "--config", "app.json"], { cwd: several.root })
    rmSync(join(several.root, "die-at-start"))
    expect(restarted.code).toBe(1)
    expect(restarted.err).toMatch(
      /^heptad: the successor of process 0 was stopped again: it ended with exit code 9\. Pid \d+ goes on serving; /
    )
    expect(await pidsOf(several)).toEqual(before)
    expect((await answers(several.app, 4)).size).toBe(2)
  })

  it("lose no request while they are replaced one after the other", async () => {
    expect(await lostByReplacing(several)).toEqual([])
  })

  it("answer what was accepted after SIGTERM, and end, and the app with 0", async () => {
    const pids = await pidsOf(several)
    const connections = async () => (await processes(several)).map(({ connections }) => connections)
    await until("nobody is connected", async () => (await connections()).every((count) => count === 0))
    const slow = [ask(`${several.app}/slow`), ask(`${several.app}/slow`)]
    await until("both work", async () => (await connections()).every((count) => count === 1))
    several.running.process.kill("SIGTERM")
    expect((await Promise.all(slow)).map(({ body }) => body).toSorted()).toEqual(pids.map(String).toSorted())
    const { code, err } = await several.running.ended
    expect(code, err).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })
})
