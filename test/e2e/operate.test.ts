/** Operating the monolith with the command alone, from its start to its end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { heptad, type Home, makeHome, Monolith, until } from "./Monolith.ts"

describe("a running monolith and the command", () => {
  let home: Home
  let monolith: Monolith

  beforeAll(async () => {
    home = await makeHome()
    monolith = await new Monolith(home).ready()
  }, 90_000)

  afterAll(async () => {
    await monolith.stop()
    await home.remove()
  })

  it("is healthy by exit code and serving by its own word", async () => {
    expect((await heptad(home, "health", "--ready")).stdout).toBe("READY\n")
    const { stdout } = await heptad(home, "status")
    expect(stdout).toMatch(/^Serving\.\n\nplugin +state +version +start ms +problem\nlogger +started /)
    expect(stdout).toContain("Settings version 1; nothing waits for a restart.\n")
  }, 60_000)

  it("changes a log level for a while, and shows what is logged from then on", async () => {
    const change = await heptad(home, "log-level", "network", "debug", "--for", "10m")
    expect(change.stdout).toMatch(/^network: info -> debug, until \S+Z\n$/)
    expect((await heptad(home, "log-level")).stdout).toMatch(/^logger +level\ndefault +info\nnetwork +debug\n$/)
    // Records below warn are kept from the first question on.
    await heptad(home, "logs")
    await fetch(`${home.url}/orders`)
    const seen = await until("the request in the log", 30, async () => {
      const { stdout } = await heptad(home, "logs", "--plugin", "network", "--json", "--limit", "1000")
      return stdout.includes("/orders") ? stdout : undefined
    })
    expect(seen.trim().split("\n").every((line) => JSON.parse(line).plugin === "network")).toBe(true)
  }, 90_000)

  it("previews and reloads its settings", async () => {
    expect((await heptad(home, "config", "reload", "--dry-run")).stderr).toBe("A reload would change nothing.\n")
    expect((await heptad(home, "config", "history")).stdout).toMatch(
      /^version +since +reason +changed\n1 +\S+ +start\n$/
    )
  }, 60_000)

  it("drains it step by step to a clean end", async () => {
    const { stderr, stdout } = await heptad(home, "drain")
    // The control port closes a moment before the end of the process: the last steps may go unseen.
    expect(stdout).toMatch(/^lame_duck +.*\naccept +.*\n(requests +.*\n)?(jobs +.*\n)?(close +.*\n)?$/)
    expect(stderr).toMatch(/^Ended after \S+ m?s; nothing was cut\.\n$/)
    expect(await monolith.exit()).toBe(0)
    await expect(heptad(home, "status")).rejects.toMatchObject({ code: 69 })
    await expect(heptad(home, "health")).rejects.toMatchObject({ code: 1 })
  }, 90_000)
})
