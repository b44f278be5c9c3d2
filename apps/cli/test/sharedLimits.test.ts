/** One rate limit over several real processes, and over those that follow them. */
import { afterEach, expect, it, vi } from "vitest"
import { ask, until } from "./fixtures/requests.ts"
import { processes, type Several, start } from "./fixtures/several.ts"
import { heptad } from "./heptad.ts"

// Processes load the app from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const started: Array<Several> = []

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ remove }) => remove()))
})

const burst = 160

/** Connections go to the processes in turn. */
const limited = async (): Promise<Several> => {
  const several = await start({ rate_limit: { enabled: true, requests_per_second: 1, burst } })
  started.push(several)
  return several
}

/** The processes that let one of so many requests pass, each with how often. */
const passes = async ({ app }: Several, count: number): Promise<ReadonlyMap<string, number>> => {
  const seen = new Map<string, number>()
  for (let sent = 0; sent < count; sent++) {
    const { body, status } = await ask(`${app}/pid`)
    expect([200, 429]).toContain(status)
    if (status === 200) seen.set(body, (seen.get(body) ?? 0) + 1)
  }
  return seen
}

const sum = (seen: ReadonlyMap<string, number>): number => [...seen.values()].reduce((all, count) => all + count, 0)

/** Requests that came back since then, one a second. */
const backSince = (moment: number): number => Math.ceil((performance.now() - moment) / 1000)

it("a client gets its burst once, not once from each process", async () => {
  const several = await limited()
  const before = performance.now()
  const seen = await passes(several, 3 * burst)
  expect(seen.size).toBe(2)
  expect(sum(seen)).toBeGreaterThanOrEqual(burst)
  // A process tells the other one of a quarter of the burst at the latest, and the message takes its time.
  expect(sum(seen)).toBeLessThanOrEqual(burst + burst / 2 + backSince(before))
})

it("a client that has used up its burst gets no other one from the processes that follow", async () => {
  const several = await limited()
  const before = performance.now()
  const spent = sum(await passes(several, 2 * burst))
  const pids = new Set((await processes(several)).map(({ pid }) => pid))
  expect((await heptad(["restart-processes", "--config", "app.json"], { cwd: several.root })).code).toBe(0)
  await until("the new ones serve", async () => (await processes(several)).every(({ pid }) => !pids.has(pid)))
  const more = sum(await passes(several, 40))
  expect(spent + more).toBeLessThanOrEqual(burst + burst / 2 + backSince(before))
  expect(more).toBeLessThanOrEqual(backSince(before))
})
