/** The short form of what `npm exec heptad -- drain-test` shows: a rolling restart under load loses nothing. */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { heptad, type Home, makeHome, root } from "./Monolith.ts"

const cli = ["--conditions=source", "apps/cli/src/main.ts"]

interface Report {
  readonly sent: number
  readonly failed: number
  readonly cut: number
  readonly phases: ReadonlyArray<Record<string, unknown>>
  readonly examples: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
  readonly orders: { readonly accepted: number; readonly fulfilled: number }
}

const drainTest = async (home: Home, ...flags: ReadonlyArray<string>) => {
  // Late answers are no failures here: the tests of this repository share their machine with each other.
  const { stdout } = await heptad(home, "drain-test", "--for", "6s", "--timeout", "60s", "--json", ...flags)
  return JSON.parse(stdout) as Report
}

/** Its temporary folders are made where nobody else makes any. */
const makeQuietHome = async () => {
  const home = await makeHome()
  home.environment["TMPDIR"] = home.folder
  return home
}

const leftBehind = ({ folder }: Home) => readdirSync(folder).filter((name) => name.startsWith("heptad-drain-test-"))

it("a rolling restart under load fails no request and leaves nothing behind", async () => {
  const home = await makeQuietHome()
  const report = await drainTest(home, "--rps", "100")
  expect(report).toMatchObject({ failed: 0, cut: 0, problems: [], examples: [] })
  expect(report.sent).toBeGreaterThan(500)
  expect(report.orders.fulfilled).toBe(report.orders.accepted)
  expect(report.phases[0]).toMatchObject({ instance: "a", exit_code: 0, cut: [] })
  expect(report.phases[0]?.["lame_duck_ms"]).toBeGreaterThanOrEqual(1000)
  expect(leftBehind(home)).toEqual([])
  await home.remove()
}, 180_000)

it("exits 1 when answers are wrong, with their kind, and shows the logs", async () => {
  const home = await makeQuietHome()
  await expect(drainTest(home, "--rps", "50", "--path", "/nowhere")).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^\{"sent":300,"failed":300,"cut":0,.*"kinds":\{"status 404":300\}/),
    stderr: expect.stringMatching(/--- log of a[\s\S]*heptad: 300 of 300 requests failed, 0 were cut\. Drain of a took/)
  })
  await home.remove()
}, 180_000)

it("a Ctrl-C ends everything that it started, removes its folder, and is no pass", async () => {
  const home = await makeQuietHome()
  const test = spawn(process.execPath, [...cli, "drain-test", "--rps", "20"], { cwd: root, env: home.environment })
  const ended = once(test, "exit")
  const lines = createInterface({ input: test.stderr })
  for await (const line of lines) if (line.includes("both are ready")) break
  test.kill("SIGINT")
  expect(await ended).toEqual([130, null])
  expect(leftBehind(home)).toEqual([])
  await home.remove()
}, 120_000)

it("tests no app that does not start, and says why", async () => {
  const home = await makeQuietHome()
  const run = promisify(execFile)(
    process.execPath,
    [...cli, "drain-test", "--set", "database.embedded.start_timeout=1ms"],
    { cwd: root, env: home.environment }
  )
  await expect(run).rejects.toMatchObject({ code: 69, stderr: expect.stringContaining("did not start") })
  expect(leftBehind(home)).toEqual([])
  await home.remove()
}, 120_000)
