/** An app that its operator told to go on without its database. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeLateDatabase } from "./LateDatabase.ts"
import { freePort, heptad, type Home, makeHome, Monolith, until } from "./Monolith.ts"
import { Shop } from "./Shop.ts"

const settings = [
  "--config",
  "config/development.yaml",
  "--set",
  "deployment.plugins.database={on_failure: degrade, initial_backoff: 100ms, max_backoff: 200ms}",
  "--set",
  "database.connection_pool.connection_timeout=500ms"
]

describe("the monolith without its database, told to degrade", () => {
  let home: Home
  let database: Awaited<ReturnType<typeof makeLateDatabase>>
  let app: Monolith
  let shop: Shop

  beforeAll(async () => {
    home = await makeHome()
    database = await makeLateDatabase(await freePort())
    app = new Monolith({ ...home, environment: { ...home.environment, ...database.environment } }, settings)
    await app.ready()
    const { stdout } = await heptad(
      home,
      "token",
      "--config",
      "config/development.yaml",
      "--sub",
      "a",
      "--role",
      "clerk"
    )
    shop = new Shop(home.url, stdout.trim())
  })

  afterAll(async () => {
    await app.stop()
    await database.remove()
    await home.remove()
  })

  const health = async () => {
    const answer = await fetch(`${home.health}/health?verbose`)
    const { plugins, warn } = await answer.json() as {
      warn?: boolean
      plugins: ReadonlyArray<{ name: string; state: string }>
    }
    return { status: answer.status, warn, degraded: plugins.filter(({ state }) => state === "degraded") }
  }

  it("is ready, with a warning that names who is away", async () => {
    const { degraded, status, warn } = await health()
    expect([status, warn, degraded.map(({ name }) => name)]).toEqual([200, true, ["database", "accounts", "orders"]])
  })

  it("answers 503 with the plugin's name where the database is needed, and serves the rest", async () => {
    const answer = await shop.request("GET", "/orders")
    expect(answer.status).toBe(503)
    expect(answer.headers.get("retry-after")).toBe("1")
    expect(await answer.json()).toMatchObject({ status: 503, plugin: "orders", code: "common.not_initialized" })
    expect((await shop.request("GET", "/nothing")).status).toBe(404)
    expect((await fetch(home.metrics)).status).toBe(200)
  })

  it("heals by itself once the database is there: orders are taken and fulfilled", async () => {
    await database.bring()
    await until("healed", 30, async () => (await shop.request("GET", "/orders")).status === 200 ? true : undefined)
    const { id } = await shop.post(1)
    await until("fulfilled", 30, async () => (await shop.get(id)).status === "fulfilled" ? true : undefined)
    const { degraded, status, warn } = await health()
    expect([status, warn, degraded]).toEqual([200, undefined, []])
  })
})
