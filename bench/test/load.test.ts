/** The load generator against a real server: what it counts has been answered, and it gives no figures for faults. */
import { execFile } from "node:child_process"
import * as http from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { writeRequest } from "../src/http1.ts"
import type { Job } from "../src/load.ts"
import * as paths from "../src/paths.ts"

const servers = new Set<http.Server>()
afterEach(() => {
  for (const server of servers) server.close()
  servers.clear()
})

const listen = (listener: http.RequestListener) =>
  new Promise<number>((resolve) => {
    const server = http.createServer(listener).listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" ? address?.port ?? 0 : 0)
    })
    servers.add(server)
  })

const load = (port: number, more: Partial<Job> = {}) =>
  new Promise<unknown>((resolve) => {
    const request = writeRequest("GET", "/")
    const job: Job = {
      port,
      pids: [process.pid],
      request,
      connections: 4,
      warmUpMillis: 50,
      slices: 2,
      sliceMillis: 100,
      ...more
    }
    execFile(process.execPath, [paths.load, JSON.stringify(job)], (_error, stdout) => resolve(JSON.parse(stdout)))
  })

describe("the load generator", () => {
  it("counts answers per slice and latency, and ends by itself with its connections closed in order", async () => {
    let requests = 0
    let aborted = 0
    const port = await listen((request, response) => {
      requests++
      request.on("aborted", () => aborted++)
      response.end("hello")
    })
    expect(await load(port)).toMatchObject({
      slices: [{ perSecond: expect.any(Number) }, { perSecond: expect.any(Number) }],
      p50: expect.any(Number),
      p99: expect.any(Number),
      busy: expect.any(Number)
    })
    expect(requests).toBeGreaterThan(4)
    expect(aborted).toBe(0)
  })

  it("reads answers that come in pieces", async () => {
    const port = await listen((_request, response) => {
      response.write("hel")
      setImmediate(() => response.end("lo"))
    })
    expect(await load(port)).toMatchObject({ slices: [{ perSecond: expect.any(Number) }, expect.anything()] })
  })

  it("gives no figures when an answer is not 200", async () => {
    const port = await listen((_request, response) => {
      response.statusCode = 503
      response.end("later")
    })
    expect(await load(port)).toEqual({ problem: "status 503: later" })
  })

  it("gives no figures when the server closes its connections", async () => {
    const port = await listen((_request, response) => {
      response.setHeader("connection", "close")
      response.end("hello")
    })
    expect(await load(port)).toEqual({ problem: "the server closes its connections" })
  })

  it("sends at a fixed rate when it is given one, and ends with idle connections", async () => {
    let requests = 0
    const port = await listen((_request, response) => {
      requests++
      response.end("hello")
    })
    const before = performance.now()
    expect(await load(port, { perSecond: 100 })).toMatchObject({ slices: [expect.anything(), expect.anything()] })
    expect(requests).toBeGreaterThan(15)
    expect(requests).toBeLessThanOrEqual(100 * (performance.now() - before) / 1000)
  })
})
