import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { expect } from "vitest"
import { folder, records } from "./logged.ts"

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const script = new URL("./child.ts", import.meta.url).pathname

/** `pause` keeps the reader of standard output away for so long. */
const child = (argument: unknown, pause = 0) =>
  Effect.callback<Ended>((resume) => {
    const run = spawn(process.execPath, ["--conditions=source", script, JSON.stringify(argument)])
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    const read = setTimeout(() => run.stdout.on("data", (chunk: Buffer) => out.push(chunk)), pause)
    run.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    run.on("close", (code) =>
      resume(Effect.succeed({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })))
    return Effect.sync(() => {
      clearTimeout(read)
      run.kill("SIGKILL")
    })
  })

const expected = Array.from({ length: 10_000 }, (_, index) => `line ${index}`)

/** Longer than the test: whatever is written is written because the process ends. */
const patient = { enabled: true, flush_interval: "1h", queue_size: 20_000 }

describe("a process that ends", () => {
  for (const [end, code] of [["sigterm", 0], ["exit", 0], ["throw", 1], ["return", 0]] as const) {
    it.live(`by ${end} has written all of its 10,000 lines`, () =>
      Effect.gen(function*() {
        const path = join(yield* folder, "app.log")
        const logger = {
          async: patient,
          performance: { buffer_size: "64MB" },
          sinks: [{ type: "file", path }]
        }
        const ended = yield* child({ count: 10_000, end, logger })
        expect(ended.code).toBe(code)
        expect(records(path).map(({ message }) => message)).toEqual(expected)
      }))
  }

  it.live("waits for a slow reader of standard output, longer than the last chance at exit would", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* child(
        { count: 10_000, end: "sigterm", logger: { async: patient } },
        2_500
      )
      expect([code, stderr]).toEqual([0, ""])
      expect(stdout.match(/line \d+/g)).toEqual(expected)
    }))
})

describe("standard output", () => {
  it.live("gets JSON where it is no terminal", () =>
    Effect.gen(function*() {
      const { stderr, stdout } = yield* child({ count: 1, end: "return", logger: {} })
      expect(JSON.parse(stdout)).toMatchObject({ level: "INFO", severity: 9, message: "line 0" })
      expect(stderr).toBe("")
    }))

  it.live("gets text when asked, with colour only when forced", () =>
    Effect.gen(function*() {
      const plain = yield* child({ count: 1, end: "return", logger: { format: "text" } })
      expect(plain.stdout).toMatch(/^\S+Z INFO  line 0\n$/)
      const sinks = [{ type: "console", format: "text", colorize: true }]
      expect((yield* child({ count: 1, end: "return", logger: { sinks } })).stdout).toContain("\u001b[32mINFO ")
    }))

  it.live("takes the place of a syslog sink", () =>
    Effect.gen(function*() {
      const sinks = [{ type: "syslog", level: "warn", facility: "local0", hostname: "app-server-01" }]
      const { stdout } = yield* child({ count: 1, end: "return", logger: { sinks } })
      expect(stdout).toContain("line 0")
    }))
})

describe("standard error", () => {
  it.live("gets the records of a file on a full disk, after one sentence", () =>
    Effect.gen(function*() {
      const sinks = [{ type: "file", path: "/dev/full" }]
      const { code, stderr } = yield* child({ count: 3, end: "sigterm", logger: { sinks } })
      expect(code).toBe(0)
      const lines = stderr.split("\n").slice(0, -1)
      expect(lines.length).toBe(4)
      expect(lines[0]).toContain("The log sink /dev/full cannot be written (ENOSPC")
      expect(lines[3]).toContain("line 2")
    }))
})
