/** A settings file that changes while the real process runs. */
import { existsSync, readFileSync } from "node:fs"
import { rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Home, makeHome, Monolith, until } from "./Monolith.ts"

describe("a running monolith whose settings file changes", () => {
  let home: Home
  let monolith: Monolith
  let file: string
  let log: string

  const yaml = (level: string) =>
    [
      "logger:",
      `  default_level: ${level}`,
      "  async:",
      "    flush_interval: 1ms",
      "  sinks:",
      "    - type: file",
      `      path: ${log}`,
      "network:",
      "  auth:",
      "    roles_from_token: true",
      ""
    ].join("\n")

  /** As an editor saves. */
  const save = async (text: string) => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }

  const logged = () => existsSync(log) ? readFileSync(log, "utf8") : ""

  const appears = (text: string) =>
    until(`"${text}" in the log`, 20, () => Promise.resolve(logged().includes(text) ? true : undefined))

  const metric = async (name: string) => {
    const page = await (await fetch(home.metrics)).text()
    return Number(page.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1])
  }

  const requestLines = async () => {
    await fetch(`${home.url}/nowhere`)
    return logged().split(`"message":"request"`).length - 1
  }

  beforeAll(async () => {
    home = await makeHome()
    file = join(home.folder, "app.yaml")
    log = join(home.folder, "app.log")
    await save(yaml("warn"))
    monolith = await new Monolith(home, ["--config", file]).ready()
  }, 90_000)

  afterAll(async () => {
    await monolith.stop()
    await home.remove()
  })

  it("logs at the new level, without a restart", async () => {
    const { pid } = monolith.process
    expect(await requestLines()).toBe(0)
    await save(yaml("info"))
    await until("a version 2", 20, async () => (await metric("config_version")) === 2 ? true : undefined)
    await until("an access line", 20, async () => (await requestLines()) > 0 ? true : undefined)
    expect(logged()).toContain("settings version 2: logger.default_level: warn -> info")
    expect(monolith.process.exitCode).toBeNull()
    expect(monolith.process.pid).toBe(pid)
  }, 60_000)

  it("a bad file changes nothing, says why with its position, and is counted", async () => {
    const failures = await metric("config_reload_failures_total")
    await save(yaml("info").replace("default_level: info", "default_level: loud\n  colour: blue"))
    await appears("settings refused, the old ones stay in force")
    expect(logged()).toContain(`${file}:2:3: logger.default_level: expected one of trace, debug, info`)
    expect(logged()).toContain(`${file}:3:3: logger.colour: unknown key`)
    expect(await metric("config_reload_failures_total")).toBe(failures + 1)
    expect(await metric("config_version")).toBe(2)
    const before = await requestLines()
    await until("another access line", 20, async () => (await requestLines()) > before ? true : undefined)
  }, 60_000)

  it("a corrected file is taken again, and a setting that waits for a restart is told as such", async () => {
    await save(yaml("debug").replace("network:", "network:\n  tcp:\n    backlog: 7"))
    await appears("settings version 3: logger.default_level: info -> debug")
    expect(logged()).toContain("network.tcp.backlog: 1024 -> 7; needs a restart of network")
  }, 60_000)

  it("SIGHUP reads the settings again and opens the log files anew", async () => {
    const reloads = await metric("config_reloads_total")
    const rotated = `${log}.1`
    await rename(log, rotated)
    await save(yaml("info"))
    monolith.process.kill("SIGHUP")
    await until("a new log file", 20, async () => {
      await fetch(`${home.url}/nowhere`)
      return existsSync(log) ? true : undefined
    })
    await until("a version 4", 20, async () => (await metric("config_version")) === 4 ? true : undefined)
    expect(await metric("config_reloads_total")).toBe(reloads + 1)
    expect(monolith.process.exitCode).toBeNull()
  }, 60_000)
})
