/** An app as several real processes on one port. */
import { parse } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { ask, load, until } from "./fixtures/requests.ts"
import { control, folder, launch, processes, type Several, start } from "./fixtures/several.ts"
import { heptad } from "./heptad.ts"

// Processes load the app from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const started: Array<Several> = []

const app = async (network: object = {}, more: object = {}): Promise<Several> => {
  const several = await start(network, more)
  started.push(several)
  return several
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ remove }) => remove()))
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const pidsOf = async (several: Several) => (await processes(several)).map(({ pid }) => pid)

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

describe("two processes", () => {
  let several: Several
  beforeAll(async () => {
    several = await start()
  })
  afterAll(() => several.remove())

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
    const file = join(several.root, "app.json")
    const before = readFileSync(file, "utf8")
    const tree = JSON.parse(before)
    tree.network.http = { max_uri_length: "1KB" }
    writeFileSync(file, JSON.stringify(tree))
    await control(several, "reload", {})
    const long = `${several.app}/pid?${"x".repeat(1500)}`
    const codes = async () => [(await ask(long)).status, (await ask(long)).status]
    await until("both refuse a long URI", async () => (await codes()).every((code) => code === 414))
    tree.network.http = { max_uri_length: "many" }
    writeFileSync(file, JSON.stringify(tree))
    expect(await control(several, "reload", {})).toMatchObject({ code: "failed" })
    await control(several, "rollback", {})
    await until("both take a long URI again", async () => (await codes()).every((code) => code === 200))
  })
})

it("SIGTERM answers what was accepted, ends all processes, and the app with 0", async () => {
  const several = await app()
  const pids = await pidsOf(several)
  const slow = [ask(`${several.app}/slow`), ask(`${several.app}/slow`)]
  await until("both work", async () => (await processes(several)).every(({ connections }) => connections === 1))
  several.running.process.kill("SIGTERM")
  expect((await Promise.all(slow)).map(({ body }) => body).toSorted()).toEqual(pids.map(String).toSorted())
  const { code, err } = await several.running.ended
  expect(code, err).toBe(0)
  expect(pids.filter(isAlive)).toEqual([])
})

it("a process that dies is started again, while the other one serves", async () => {
  const several = await app({ listen: { processes: 2, restart_backoff: "50ms" } })
  const before = await pidsOf(several)
  await ask(`${several.app}/exit`).catch(() => undefined)
  await until("one was started again", async () => {
    const now = await processes(several)
    return now.every(({ state }) => state === "running") && now.some(({ restarts }) => restarts === 1)
  })
  const after = await pidsOf(several)
  expect(after.filter((pid) => before.includes(pid))).toHaveLength(1)
  expect((await answers(several.app, 4)).size).toBe(2)
  expect((await metrics(several)).sum("heptad_process_restarts_total", { reason: "ended" })).toBe(1)
})

it("a process that dies again and again ends the app with 1", async () => {
  const several = await app({ listen: { processes: 2, max_restarts: 1, restart_backoff: "50ms" } })
  writeFileSync(join(several.root, "die-at-start"), "")
  await ask(`${several.app}/exit`).catch(() => undefined)
  const { code, err, out } = await several.running.ended
  expect(code).toBe(1)
  expect(err).toMatch(
    /^heptad: process \d ended with exit code 9, after it was started again 1 times in a row\. Its log says why;/m
  )
  expect(out).toContain("which died again and again")
})

it("what does not start ends with the exit code of the process, and nothing stays", async () => {
  const root = folder()
  writeFileSync(join(root, "die-at-start"), "")
  const { code, err } = await launch(root).ended
  expect(code).toBe(9)
  expect(err).toMatch(/process \d ended with exit code 9 before it served\. Its own lines, above, say why\./)
  rmSync(root, { recursive: true })
})

it("faults of the settings are told once, before any process is started", async () => {
  const root = folder()
  const { code, err, out } = await launch(root, { http: { max_uri_length: "many" }, tcp: { prot: 1 } }).ended
  expect(code).toBe(78)
  expect(err.match(/max_uri_length/g)).toHaveLength(1)
  expect(err).toContain("heptad did not start (2 reasons)")
  expect(out).toBe("")
  rmSync(root, { recursive: true })
})

it("no process outlives the first one", async () => {
  const several = await app()
  const pids = await pidsOf(several)
  several.running.process.kill("SIGKILL")
  await until("all have ended", () => !pids.some(isAlive))
})

describe.each([["that the first process accepts for", {}], ["that each binds", { so_reuseport: true }]])(
  "a port %s",
  (_, tcp) => {
    it("loses no request while the processes are replaced one after the other", async () => {
      const several = await app({ tcp: { port: 0, ...tcp } })
      const before = await pidsOf(several)
      const { end, failures, seen } = load(`${several.app}/pid`, 8)
      const restarted = await heptad(["restart-processes", "--config", "app.json"], { cwd: several.root })
      expect(restarted.err).toBe("All processes were replaced.\n")
      expect(restarted.out).toMatch(
        /^process +pid +state +up +restarts +connections +problem\n0 +\d+ +running .*\n1 +\d+ +running /
      )
      expect(restarted.code).toBe(0)
      const after = await pidsOf(several)
      await until("the new ones answer", () => after.every((pid) => seen.has(String(pid))))
      await end()
      expect(failures).toEqual([])
      expect(after).toHaveLength(2)
      expect(after.filter((pid) => before.includes(pid))).toEqual([])
      expect(before.filter(isAlive)).toEqual([])
      several.running.process.kill("SIGTERM")
      expect((await several.running.ended).code).toBe(0)
    })
  }
)

it("a successor that does not start leaves its predecessor serving", async () => {
  const several = await app()
  const before = await pidsOf(several)
  writeFileSync(join(several.root, "die-at-start"), "")
  const restarted = await heptad(["restart-processes", "--config", "app.json"], { cwd: several.root })
  expect(restarted.code).toBe(1)
  expect(restarted.err).toMatch(
    /^heptad: the successor of process 0 was stopped again: it ended with exit code 9\. Pid \d+ goes on serving; /
  )
  expect(await pidsOf(several)).toEqual(before)
  expect((await answers(several.app, 4)).size).toBe(2)
})

const opened = async (url: string, count: number): Promise<ReadonlyArray<Socket>> => {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname))
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  return sockets
}

it("ip_hash keeps a client with one process, and a change of the strategy counts for the next connection", async () => {
  const several = await app({ load_balancing: { strategy: "ip_hash" } })
  expect((await answers(several.app, 6)).size).toBe(1)
  const file = join(several.root, "app.json")
  const tree = JSON.parse(readFileSync(file, "utf8"))
  tree.network.load_balancing.strategy = "round_robin"
  writeFileSync(file, JSON.stringify(tree))
  await control(several, "reload", {})
  expect((await answers(several.app, 6)).size).toBe(2)
})

it("least_connections gives to the process with the fewest", async () => {
  const several = await app({ load_balancing: { strategy: "least_connections" } })
  const sockets = await opened(several.app, 6)
  const counts = async () => (await processes(several)).map(({ connections }) => connections)
  await until("both have three", async () => (await counts()).every((count) => count === 3))
  for (const socket of sockets.slice(0, 3)) socket.destroy()
  await until("three are left", async () => (await counts()).reduce((sum, count) => sum + count, 0) === 3)
  const more = await opened(several.app, 3)
  await until("both have three again", async () => (await counts()).every((count) => count === 3))
  for (const socket of [...sockets, ...more]) socket.destroy()
})

it("a process whose event loop hangs gets no connections, is killed, and started again", async () => {
  const health_check = { interval: "100ms", timeout: "200ms", unhealthy_threshold: 4, healthy_threshold: 1 }
  const several = await app({
    load_balancing: { strategy: "least_connections", health_check },
    listen: { processes: 2, restart_backoff: "50ms" }
  })
  const before = await pidsOf(several)
  const hung = ask(`${several.app}/block`).then(() => "answered", () => "cut")
  await until("it is unhealthy", async () => (await processes(several)).some(({ healthy }) => !healthy))
  expect(JSON.parse((await ask(`${several.health}/health/ready`)).body)).toMatchObject({ status: "READY" })
  expect((await answers(several.app, 4)).size).toBe(1)
  expect(await hung).toBe("cut")
  await until(
    "both run",
    async () => (await processes(several)).every(({ healthy, state }) => healthy && state === "running")
  )
  const after = await pidsOf(several)
  expect(after.filter((pid) => before.includes(pid))).toHaveLength(1)
})
