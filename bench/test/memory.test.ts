/** Idle connections against a real server that tells its memory. */
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { writeRequest } from "../src/http1.ts"
import type { Job } from "../src/idle.ts"
import * as paths from "../src/paths.ts"
import { hardFiles } from "../src/processStat.ts"

describe("hardFiles", () => {
  const limits = (hard: string) =>
    `Max processes  7  8  processes\nMax open files            1024      ${hard}   files\n`
  it("is the hard limit of open files", () => expect(hardFiles(limits("20000"))).toBe(20_000))
  it("may be unlimited or unknown", () => {
    expect(hardFiles(limits("unlimited"))).toBe(Infinity)
    expect(hardFiles("")).toBeNull()
  })
})

const cleanUp = new Set<() => void>()
afterEach(() => {
  for (const one of cleanUp) one()
  cleanUp.clear()
})

const freePort = () =>
  new Promise<number>((resolve) => {
    const listener = net.createServer().listen(0, "127.0.0.1", () => {
      const address = listener.address()
      listener.close(() => resolve(typeof address === "object" ? address?.port ?? 0 : 0))
    })
  })

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false)).on("connect", () => socket.destroy())
  })

const startRaw = async (folder: string) => {
  const port = await freePort()
  const hooks = ["--expose-gc", "--import", paths.lifeline, "--import", paths.memory]
  const server = spawn(process.execPath, [...hooks, paths.peer("raw"), String(port), folder, "0", "patient"])
  cleanUp.add(() => server.kill("SIGKILL"))
  while (!await accepts(port)) { /* until it listens */ }
  return { port, pid: server.pid ?? 0 }
}

describe("idle connections", () => {
  it("are opened, rest, still answer, and the server tells its memory before and after", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-idle-"))
    cleanUp.add(() => fs.rmSync(folder, { recursive: true }))
    const { pid, port } = await startRaw(folder)
    const job: Job = { port, pid, folder, request: writeRequest("GET", "/"), connections: 600, settleMillis: 50 }
    const printed = await new Promise<unknown>((resolve) => {
      execFile(process.execPath, [paths.idle, JSON.stringify(job)], (_error, stdout) => resolve(JSON.parse(stdout)))
    })
    const memory = { settled: expect.any(Number), resident: expect.any(Number), held: expect.any(Number) }
    expect(printed).toMatchObject({ before: { count: 1, ...memory }, after: { count: 2, ...memory } })
    expect(printed).toSatisfy(
      (told: { readonly before: { readonly held: number }; readonly after: { readonly held: number } }) =>
        told.after.held > told.before.held
    )
  })
})
