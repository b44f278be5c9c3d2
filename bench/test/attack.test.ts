/** What a run under attack concludes from what it saw, and that the attacker does what it says. */
import { execFile } from "node:child_process"
import * as http from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import type { Job } from "../src/attack.ts"
import { growthOf } from "../src/cases/attack.ts"
import * as paths from "../src/paths.ts"
import { endOf, lastOf } from "../src/slowhttptest.ts"

describe("growthOf", () => {
  it("compares the peaks of both halves, not their ends", () => {
    expect(growthOf([10, 30, 20, 35, 12, 11])).toBe(5)
    expect(growthOf([10, 40, 20, 35])).toBe(-5)
  })
})

describe("lastOf", () => {
  const colour = "\u001b[1;32m"
  const status = (closed: number) => `connected:   ${colour}        7\nclosed:      ${colour}        ${closed}\n`
  it("finds the last number of that name between the colours", () =>
    expect(lastOf(status(1) + status(250), "closed")).toBe(250))
  it("is beside how the program ended", () =>
    expect(endOf(`${status(1)}Exit status:${colour} No open connections left\n\u001b[0m`)).toBe(
      "No open connections left"
    ))
  it("is null when the program never told it", () => expect(lastOf("usage: ...", "closed")).toBeNull())
})

const servers = new Set<http.Server>()
afterEach(() => {
  for (const server of servers) server.close()
  servers.clear()
})

const listen = (options: http.ServerOptions) =>
  new Promise<number>((resolve) => {
    const server = http.createServer(options, (request) => request.resume()).listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" ? address?.port ?? 0 : 0)
    })
    servers.add(server)
  })

describe("the attacker", () => {
  it("never completes a request, counts what it is told, and comes back when it is closed", async () => {
    const port = await listen({ headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 })
    const job: Job = { port, connections: 4, millis: 2000 }
    const tallies = await new Promise<unknown>((resolve) => {
      execFile(process.execPath, [paths.attack, JSON.stringify(job)], (_error, stdout) => resolve(JSON.parse(stdout)))
    })
    const some = expect.any(Number)
    expect(tallies).toMatchObject(
      ["slow header", "slow body"].map((kind) => ({
        kind,
        opened: some,
        closed: some,
        silent: 0,
        statuses: { 408: some }
      }))
    )
    expect(tallies).toSatisfy((all: ReadonlyArray<{ readonly opened: number }>) =>
      all.every(({ opened }) => opened > 2)
    )
  })
})
