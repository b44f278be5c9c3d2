/** The examples of docs/embedding.md do what their page says: each runs as a reader runs it, and the page quotes the files. */
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const examples = join(root, "docs/examples")
const home = mkdtempSync(join(tmpdir(), "heptad-examples-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Standard output of an example that ended by itself with exit code 0. */
const run = async (file: string, ...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const env = { ...process.env, HEPTAD_DATA_DIR: join(home, file), NODE_OPTIONS: "" }
  const command = ["--conditions=source", `docs/examples/${file}`, ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, env })
  return stdout.trimEnd().split("\n")
}

describe("examples", { timeout: 60_000 }, () => {
  it("own-program.ts plans, runs a task and a server, and stops by itself", async () => {
    expect(await run("own-program.ts")).toEqual([
      "plan: logger, then common, then thread",
      "task: 1 4 9 16 25, at most 2 at a time",
      "server: 1 4 9 16 25, at most 2 at a time"
    ])
  })

  it("own-program.ts takes settings from the command line over its file", async () => {
    expect(await run("own-program.ts", "thread.pool_size=4")).toContain("task: 1 4 9 16 25, at most 4 at a time")
  })

  it("own-plugin.ts changes a setting while it runs, calls its operation, and shows its error", async () => {
    expect(await run("own-plugin.ts")).toEqual([
      "Good morning, Ada.",
      "settings version 2 changed greeter.greeting",
      "Good evening, Ada.",
      `operation greeting: {"greeting":"Good evening"}`,
      "The name is longer than 12 characters. Send a shorter one, or raise greeter.max_name."
    ])
  })

  it("GreeterPlugin.ts, a whole plugin, has less than 60 lines", () => {
    const lines = readFileSync(join(examples, "GreeterPlugin.ts"), "utf8").trimEnd().split("\n")
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.length).toBeLessThan(60)
  })
})

describe("docs/embedding.md", () => {
  const page = readFileSync(join(root, "docs/embedding.md"), "utf8")
  const blocks = [...page.matchAll(/^(?:<!-- from (\S+) -->\n)?```(\w+)\n([\s\S]*?)^```$/gm)]
    .map(([, file = "", language, code = ""]) => ({ file, language, code, start: code.split("\n")[0] }))

  it("quotes each example", () => {
    const quoted = new Set(blocks.map(({ file }) => file))
    for (
      const file of ["own-program.ts", "own-program.yaml", "GreeterPlugin.ts", "own-plugin.ts", "swap-a-plugin.test.ts"]
    ) {
      expect(quoted).toContain(`examples/${file}`)
    }
  })

  it("says of every piece of TypeScript and YAML which file it is from", () => {
    expect(blocks.filter(({ file, language }) => file === "" && language !== "sh")).toEqual([])
  })

  it.each(blocks.filter(({ file }) => file !== ""))("has the words of $file: $start", ({ code, file }) => {
    expect(readFileSync(join(root, "docs", file), "utf8")).toContain(code)
  })
})
