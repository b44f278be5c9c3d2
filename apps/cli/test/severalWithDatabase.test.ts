/** The monolith as several processes, with the embedded database that only the first one runs. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { ask, until } from "./fixtures/requests.ts"
import { begin, heptad, type Running } from "./heptad.ts"
import { write } from "./verbs.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
let running: Running
let out = ""
let token: string

const place = (name: string): string => new RegExp(`^${name} +(http:\\S+:\\d+)`, "m").exec(out)?.[1] ?? ""

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "heptad-several-"))
  write(root, {
    "app.json": JSON.stringify({
      common: { data_dir: "data" },
      database: { embedded: { durable: false }, connection_pool: { max_size: 5 } },
      monitoring: { health: { port: 0 }, prometheus: { port: 0 } },
      network: { tcp: { port: 0 }, listen: { processes: 2 }, auth: { roles_from_token: true } }
    })
  })
  running = begin(["start", "monolith", "--config", "app.json"], { cwd: root })
  running.process.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()))
  await running.said("metrics  http")
  const given = await heptad(["token", "--config", "app.json", "--sub", "alice", "--role", "clerk"], { cwd: root })
  token = given.out.trim()
})

afterAll(async () => {
  running.process.kill("SIGTERM")
  await running.ended
  rmSync(root, { recursive: true, force: true })
})

const headers = () => ({ authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" })

const placeOrder = async (): Promise<string> => {
  const response = await fetch(`${place("app")}/orders`, {
    method: "POST",
    headers: headers(),
    body: JSON.stringify({ customer: "acme", lines: [{ sku: "A-1", quantity: 2, unit_price_cents: 1250 }] })
  })
  const body: unknown = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(201)
  return String(Object(body).id)
}

const stateOf = async (id: string): Promise<string> => {
  const response = await fetch(`${place("app")}/orders/${id}`, { headers: headers() })
  return String(Object(await response.json()).status)
}

const serverPid = (): string => readFileSync(join(root, "data/postgres/postmaster.pid"), "utf8").split("\n")[0] ?? ""

const children = (pid: number | undefined): ReadonlyArray<string> =>
  execFileSync("ps", ["-o", "comm=", "--ppid", String(pid)], { encoding: "utf8" }).trim().split("\n")

it("serves one database from all processes, and their jobs from one queue, also while they are replaced", async () => {
  const server = serverPid()
  const orders = [await placeOrder(), await placeOrder(), await placeOrder(), await placeOrder()]
  const restarting = heptad(["restart-processes", "--config", "app.json"], { cwd: root })
  let restarted = false
  void restarting.finally(() => (restarted = true))
  while (!restarted) orders.push(await placeOrder())
  expect((await restarting).err).toBe("All processes were replaced.\n")
  for (const id of orders) await until(`${id} is fulfilled`, async () => (await stateOf(id)) === "fulfilled")
  expect(serverPid()).toBe(server)
})

it("runs one PostgreSQL, below the first process", () => {
  expect(children(running.process.pid).filter((name) => name.includes("postgres"))).toHaveLength(1)
})

it("shares the sessions of the database out among the processes", async () => {
  const page = (await ask(`${place("metrics")}/metrics`)).body
  const sizes = [...page.matchAll(/^database_connection_pool_size\{process="\d"\} (\d+)$/gm)].map(([, size]) =>
    Number(size)
  )
  expect(sizes).toHaveLength(2)
  for (const size of sizes) expect(size).toBeLessThanOrEqual(3)
})

it("stops all of it, the database last, and ends with 0", async () => {
  const pid = Number(serverPid())
  running.process.kill("SIGTERM")
  const { code, err } = await running.ended
  expect(code, err).toBe(0)
  expect(() => process.kill(pid, 0)).toThrow("ESRCH")
})
