import { extractText, getDocumentProxy } from "unpdf"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { heptad, type Home, makeHome, Monolith, until } from "./Monolith.ts"
import { fromClients, newOrder, type OrderJson, Shop } from "./Shop.ts"

const orders = 1000
const clients = 50

const tokenOf = async (home: Home, sub: string, role: string) =>
  (await heptad(home, "token", "--sub", sub, "--role", role)).stdout.trim()

const textOf = async (pdf: Uint8Array) => (await extractText(await getDocumentProxy(pdf), { mergePages: true })).text

/** The sum of a metric over its series, or the value of one series; NaN when there is none, which equals nothing. */
const seriesOf = (text: string, series: string): number => {
  const found = text.split("\n").filter((line) => line.startsWith(`${series} `) || line.startsWith(`${series}{`))
  return found.length === 0 ? NaN : found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)
}

const metricsOf = async (home: Home) => (await fetch(home.metrics)).text()

const countFulfilled = (all: ReadonlyArray<OrderJson>) => all.filter((order) => order.status === "fulfilled").length

describe("the monolith under its real load", () => {
  let home: Home
  let monolith: Monolith
  let clerk: Shop
  let accepted: ReadonlyArray<OrderJson>

  beforeAll(async () => {
    home = await makeHome()
    monolith = await new Monolith(home).ready()
    clerk = new Shop(home.url, await tokenOf(home, "carol", "clerk"))
  }, 90_000)

  afterAll(async () => {
    await monolith.stop()
    await home.remove()
  })

  it("accepts 1,000 orders of 50 concurrent clients", async () => {
    accepted = await fromClients(clients, orders, (index) => clerk.post(index))
    expect(new Set(accepted.map((order) => order.id)).size).toBe(orders)
    expect(accepted.every((order, index) => order.total_cents === 2 * (1250 + index))).toBe(true)
  }, 60_000)

  it("fulfils every one of them", async () => {
    const all = await until("every order fulfilled", 120, async () => {
      const page = await clerk.all()
      return countFulfilled(page) === orders ? page : undefined
    })
    expect(new Set(all.map((order) => order.id))).toEqual(new Set(accepted.map((order) => order.id)))
  }, 130_000)

  it("made exactly one readable invoice for each, with its own total", async () => {
    const wrong = await fromClients(clients, orders, async (index) => {
      const order = accepted[index]
      if (order === undefined) return `no order ${index}`
      const text = await textOf(await clerk.invoice(order.id))
      const cents = 2 * (1250 + index)
      return text.includes(order.id) && text.includes(`SKU-${index}`) && text.includes((cents / 100).toFixed(2))
        ? undefined
        : `${order.id}: ${text}`
    })
    expect(wrong.filter((line) => line !== undefined)).toEqual([])
    expect(seriesOf(await metricsOf(home), "orders_invoices_total")).toBe(orders)
  }, 120_000)

  it("counts in /metrics what really happened", async () => {
    const text = await metricsOf(home)
    expect(seriesOf(text, "orders_accepted_total")).toBe(orders)
    expect(seriesOf(text, `http_requests_total{method="POST",status="201"}`)).toBe(orders)
    expect(seriesOf(text, "logger_dropped_messages_total")).toBe(0)
    expect(seriesOf(text, "database_connection_pool_size")).toBeGreaterThan(0)
    expect(seriesOf(text, "process_resident_memory_bytes")).toBeGreaterThan(0)
  })

  it("pages through a stable order while others post", async () => {
    const posting = fromClients(4, 40, (index) => clerk.post(index + orders))
    const seen = (await clerk.all(17)).map((order) => order.id)
    await posting
    expect(new Set(seen).size).toBe(seen.length)
    expect(accepted.every((order) => seen.includes(order.id))).toBe(true)
    expect(seen).toEqual(seen.toSorted().toReversed())
  }, 30_000)

  it("ends with exit code 0 under load and finds every acknowledged order after a restart", async () => {
    const acknowledged: Array<string> = []
    let stopping = false
    const load = fromClients(clients, 100_000, async (index) => {
      if (stopping) return
      // Once the port is closed a client can only see a refused connection; what was answered must be there.
      const order = await clerk.post(index + 10_000).catch(() => undefined)
      if (order !== undefined) acknowledged.push(order.id)
      if (acknowledged.length === 300) void monolith.stop()
      if (monolith.process.exitCode !== null) stopping = true
    })
    await until("300 orders under load", 60, async () => acknowledged.length >= 300 ? true : undefined)
    expect(await monolith.exit()).toBe(0)
    stopping = true
    await load

    monolith = await new Monolith(home).ready()
    const found = new Set((await clerk.all()).map((order) => order.id))
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    expect(accepted.filter((order) => !found.has(order.id))).toEqual([])
    await until("the orders of before fulfilled", 120, async () => {
      const all = await clerk.all()
      return countFulfilled(all) === all.length ? true : undefined
    })
  }, 200_000)

  it("survives kill -9: acknowledged orders are there and are fulfilled in the end", async () => {
    const before = await fromClients(clients, 100, (index) => clerk.post(index + 50_000))
    monolith.process.kill("SIGKILL")
    await monolith.exit()
    monolith = await new Monolith(home).ready()
    await until("every order fulfilled after the crash", 120, async () => {
      const now = await Promise.all(before.map((order) => clerk.get(order.id)))
      return countFulfilled(now) === before.length ? true : undefined
    })
    const invoice = await textOf(await clerk.invoice(before[0]?.id ?? ""))
    expect(invoice).toContain(before[0]?.id)
  }, 200_000)
})

describe("the rules of the door", () => {
  let home: Home
  let monolith: Monolith
  let clerk: Shop
  let admin: Shop

  beforeAll(async () => {
    home = await makeHome()
    monolith = await new Monolith(home).ready()
    clerk = new Shop(home.url, await tokenOf(home, "carol", "clerk"))
    admin = new Shop(home.url, await tokenOf(home, "ada", "admin"))
  }, 90_000)

  afterAll(async () => {
    await monolith.stop()
    await home.remove()
  })

  const problem = async (answer: Response) => {
    expect(answer.headers.get("content-type")).toBe("application/problem+json")
    const body = await answer.json() as Record<string, unknown>
    expect(body["trace_id"]).toMatch(/^[0-9a-f]{32}$/)
    expect(JSON.stringify(body)).not.toMatch(/\bat .*:\d+:\d+/)
    return { status: answer.status, code: body["code"] }
  }

  it("answers 201 with the place of the order", async () => {
    const answer = await clerk.request("POST", "/orders", newOrder(1))
    const order = await answer.json() as OrderJson
    expect(answer.status).toBe(201)
    expect(answer.headers.get("location")).toBe(`/orders/${order.id}`)
    expect(order).toMatchObject({ customer: "customer 1", total_cents: 2502, status: "accepted" })
    expect(new Date(order.created_at).toISOString()).toBe(order.created_at)
  })

  it("gives the same order for the same idempotency key, also to two clients at once", async () => {
    const key = { "idempotency-key": "once-1" }
    const same = await Promise.all(Array.from({ length: 8 }, () => clerk.post(7, key)))
    expect(new Set(same.map((order) => order.id)).size).toBe(1)
    expect(await problem(await clerk.request("POST", "/orders", newOrder(8), key))).toEqual({
      status: 422,
      code: "common.already_exists"
    })
    expect((await admin.post(8, key)).id).not.toBe(same[0]?.id)
  })

  it("asks for a token, for a permission, and for a known order, in that order", async () => {
    const nobody = new Shop(home.url, "")
    const stranger = new Shop(home.url, await tokenOf(home, "eve", "guest"))
    const { id } = await clerk.post(2)
    expect((await problem(await fetch(`${home.url}/orders`))).status).toBe(401)
    expect((await problem(await nobody.request("GET", "/orders"))).status).toBe(401)
    expect(await problem(await stranger.request("GET", "/orders"))).toEqual({
      status: 403,
      code: "common.permission_denied"
    })
    expect(await problem(await clerk.request("DELETE", `/orders/${id}`))).toEqual({
      status: 403,
      code: "common.permission_denied"
    })
    expect((await admin.request("DELETE", `/orders/${id}`)).status).toBe(204)
    expect(await problem(await clerk.request("GET", `/orders/${id}`))).toEqual({
      status: 404,
      code: "common.not_found"
    })
  })

  it("refuses a token once it has expired and the leeway of the clocks is over", async () => {
    const { stdout } = await heptad(home, "token", "--sub", "carol", "--role", "clerk", "--ttl", "1s")
    const late = new Shop(home.url, stdout.trim())
    expect((await late.request("GET", "/orders")).status).toBe(200)
    const refused = await until("expiry", 15, async () => {
      const answer = await late.request("GET", "/orders")
      return answer.status === 401 ? answer : undefined
    })
    expect(await problem(refused)).toEqual({ status: 401, code: "network.session_expired" })
  }, 20_000)

  it("refuses malformed, misshapen and oversized requests as problems", async () => {
    const raw = (body: string) => fetch(`${home.url}/orders`, { method: "POST", headers: clerk.headers, body })
    expect((await problem(await raw("{"))).status).toBe(400)
    expect((await problem(await clerk.request("POST", "/orders", { customer: "x", lines: [] }))).status).toBe(400)
    expect((await problem(await clerk.request("GET", "/orders?limit=0"))).status).toBe(400)
    expect((await problem(await clerk.request("GET", "/orders?cursor=x"))).status).toBe(400)
    expect((await problem(await raw(JSON.stringify({ customer: "x".repeat(11 * 1024 * 1024) })))).status).toBe(413)
    const flood = { customer: "x", lines: Array.from({ length: 30_000 }, () => ({})) }
    expect((await problem(await clerk.request("POST", "/orders", flood))).status).toBe(413)
    const nul = { customer: "a\u0000b", lines: newOrder(1).lines }
    expect((await problem(await clerk.request("POST", "/orders", nul))).status).toBe(400)
    expect((await problem(await clerk.request("GET", "/nowhere"))).status).toBe(404)
    expect((await problem(await clerk.request("PUT", "/orders", {}))).status).toBe(405)
  })

  it("serves its OpenAPI document and a page that loads nothing from elsewhere", async () => {
    const document = await (await fetch(`${home.url}/openapi.json`)).json() as { paths: Record<string, unknown> }
    expect(Object.keys(document.paths).toSorted()).toEqual(["/orders", "/orders/{id}", "/orders/{id}/invoice"])
    const page = await (await fetch(`${home.url}/docs`)).text()
    expect(page).toContain("Accepts an order.")
    expect(page).not.toMatch(/(src|href)\s*=\s*["']?https?:/)
  })

  it("says on the start screen what a newcomer needs, and its curl works as printed", async () => {
    const screen = monolith.output
    for (const part of ["database", "Ready in", `${home.url}/docs`, `${home.health}/health`, home.metrics, "curl"]) {
      expect(screen).toContain(part)
    }
    const token = /^TOKEN=(\S+)$/m.exec(screen)?.[1] ?? ""
    expect((await new Shop(home.url, token).post(3)).status).toBe("accepted")
  })

  it("refuses a second instance on the same data directory and leaves the first alone", async () => {
    const other = await makeHome()
    const second = new Monolith({
      ...other,
      environment: { ...other.environment, HEPTAD_DATA_DIR: home.dataDirectory }
    })
    expect(await second.exit()).toBe(75)
    expect(second.output).toContain(home.dataDirectory)
    expect((await clerk.post(4)).status).toBe("accepted")
    await other.remove()
  }, 30_000)
})
