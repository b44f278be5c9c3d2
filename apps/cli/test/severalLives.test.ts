/** How an app of several processes starts and ends otherwise than well, and how it is where each of them binds the port. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { lostByReplacing } from "./fixtures/replacing.ts"
import { ask, until } from "./fixtures/requests.ts"
import { folder, isAlive, launch, pidsOf, type Several, start } from "./fixtures/several.ts"

// Processes load the app from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describe("two processes that each bind the port", () => {
  let several: Several
  beforeAll(async () => {
    several = await start({ tcp: { port: 0, so_reuseport: true } })
  })
  afterAll(() => several.remove())

  // The operating system resets whose handshake ends between the last look at a listener's queue and its close.
  it("lose no more than a handshake each while they are replaced one after the other", async () => {
    const lost = await lostByReplacing(several)
    expect(lost.filter((failure) => !/^new: Error: .*ECONNRESET/.test(failure))).toEqual([])
    expect(lost.length).toBeLessThanOrEqual(2)
  })

  it("do not outlive the first one", async () => {
    const pids = await pidsOf(several)
    several.running.process.kill("SIGKILL")
    await until("all have ended", () => !pids.some(isAlive))
  })
})

it("a process that dies again and again ends the app with 1", async () => {
  const several = await start({ listen: { processes: 2, max_restarts: 1, restart_backoff: "50ms" } })
  writeFileSync(join(several.root, "die-at-start"), "")
  await ask(`${several.app}/exit`).catch(() => undefined)
  const { code, err, out } = await several.running.ended
  expect(code).toBe(1)
  expect(err).toMatch(
    /^heptad: process \d ended with exit code 9, after it was started again 1 times in a row\. Its log says why;/m
  )
  expect(out).toContain("which died again and again")
  await several.remove()
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
