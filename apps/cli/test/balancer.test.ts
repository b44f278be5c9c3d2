import { once } from "node:events"
import * as http from "node:http"
import type * as net from "node:net"
import { afterEach, expect, it, vi } from "vitest"
import { type Balancer, type Change, start } from "../src/drainTest/balancer.ts"
import { make } from "../src/drainTest/client.ts"

/** An instance that can be told what to answer; it counts its connections. */
class Backend {
  ready = true
  connections = 0
  served = 0
  answer: http.RequestListener = (request, response) => {
    request.resume()
    request.on("end", () => response.end(`${request.method} ${request.url}`))
  }
  readonly server = http.createServer((request, response) => {
    this.served++
    this.answer(request, response)
  }).on("connection", () => this.connections++)
  readonly readiness = http.createServer((_, response) => response.writeHead(this.ready ? 200 : 503).end())

  async listen(name: string) {
    for (const server of [this.server, this.readiness]) await once(server.listen(0, "127.0.0.1"), "listening")
    const [port, ready] = [portOf(this.server), portOf(this.readiness)]
    return { name, host: "127.0.0.1", port, readiness: `http://127.0.0.1:${ready}/readyz` }
  }

  close() {
    for (const server of [this.server, this.readiness]) {
      server.close()
      server.closeAllConnections()
    }
  }
}

const portOf = (server: net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const closing: Array<() => void | Promise<void>> = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** Waits for what the balancer tells about its rotation. */
class Rotation {
  readonly changes: Array<Change> = []
  #wake = () => {}

  tell = (change: Change) => {
    this.changes.push(change)
    this.#wake()
  }

  async until(instance: string, ready: boolean): Promise<Change> {
    for (;;) {
      const last = this.changes.findLast((change) => change.instance === instance)
      if (last?.ready === ready) return last
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

const setUp = async (...backends: ReadonlyArray<Backend>) => {
  const upstreams = await Promise.all(backends.map((backend, index) => backend.listen(String(index))))
  closing.push(...backends.map((backend) => () => backend.close()))
  const rotation = new Rotation()
  const balancer: Balancer = await start(upstreams, rotation.tell)
  closing.push(balancer.close)
  const client = make({ url: balancer.url, token: "token", patienceMillis: 10_000 })
  closing.push(client.close)
  for (const { name } of upstreams.filter((_, index) => backends[index]?.ready)) await rotation.until(name, true)
  return { client, rotation }
}

const get = { method: "GET", path: "/x", fresh: false } as const

it("sends requests to the ready instances in turn, over kept connections, and to the wanted one where it is ready", async () => {
  const [a, b] = [new Backend(), new Backend()]
  const { client } = await setUp(a, b)
  for (let index = 0; index < 6; index++) expect(await client.send(get)).toMatchObject({ status: 200, body: "GET /x" })
  expect([a.served, b.served]).toEqual([3, 3])
  expect([a.connections, b.connections]).toEqual([1, 1])
  for (let index = 0; index < 4; index++) {
    expect(await client.send({ ...get, instance: "1" })).toMatchObject({ instance: "1" })
  }
  expect([a.served, b.served]).toEqual([3, 7])
})

it("passes bodies on, and gives a client that closes its connection a connection of its own", async () => {
  const backend = new Backend()
  backend.answer = (request, response) => request.pipe(response)
  const { client } = await setUp(backend)
  const post = { method: "POST", path: "/orders", body: "x".repeat(100_000) } as const
  expect(await client.send({ ...post, fresh: false })).toMatchObject({ status: 200, body: post.body })
  expect(await client.send({ ...post, fresh: true })).toMatchObject({ status: 200, body: post.body })
  expect(await client.send({ ...post, fresh: true })).toMatchObject({ status: 200, body: post.body })
  expect(backend.connections).toBe(3)
})

it("never uses a connection again whose answer said that it closes", async () => {
  const backend = new Backend()
  backend.answer = (_, response) => response.writeHead(200, { connection: "close" }).end("last")
  const { client } = await setUp(backend)
  for (let index = 0; index < 3; index++) expect(await client.send(get)).toMatchObject({ status: 200, body: "last" })
  expect(backend.connections).toBe(3)
})

it("takes an instance out after one 503 of its readiness and back in after one 200", async () => {
  const [a, b] = [new Backend(), new Backend()]
  const { client, rotation } = await setUp(a, b)
  a.ready = false
  expect((await rotation.until("0", false)).reason).toBe("readiness answered 503")
  const before = a.served
  for (let index = 0; index < 4; index++) expect(await client.send(get)).toMatchObject({ instance: "1" })
  expect(a.served).toBe(before)
  b.ready = false
  await rotation.until("1", false)
  expect(await client.send(get)).toMatchObject({ status: 503, reason: "no instance is ready" })
  a.ready = true
  await rotation.until("0", true)
  expect(await client.send(get)).toMatchObject({ status: 200, instance: "0" })
})

it("repeats nothing: a reused connection that is closed instead of answered is told to the client", async () => {
  const backend = new Backend()
  const { client } = await setUp(backend)
  expect(await client.send(get)).toMatchObject({ status: 200 })
  backend.answer = (request) => request.socket.destroy()
  expect(await client.send(get)).toMatchObject({ status: 502, reason: "0: ECONNRESET on a reused connection" })
  expect(await client.send({ ...get, fresh: true })).toMatchObject({
    status: 502,
    reason: "0: ECONNRESET on a new connection"
  })
  expect(backend.served).toBe(3)
})

it("gives an instance 64 requests at a time; the others wait, and go to whoever has room then", async () => {
  const [a, b] = [new Backend(), new Backend()]
  const held: Array<http.ServerResponse> = []
  const full = new Promise<void>((resolve) => {
    a.answer = (_, response) => {
      if (held.push(response) === 64) resolve()
    }
  })
  b.ready = false
  const { client, rotation } = await setUp(a, b)
  const replies = Promise.all(Array.from({ length: 100 }, () => client.send(get)))
  await full
  b.ready = true
  await rotation.until("1", true)
  // Only then does the first one have room again.
  await vi.waitFor(() => expect(b.served).toBe(36), { timeout: 10_000 })
  for (const response of held) response.end("held")
  const instances = (await replies).map((reply) => "lost" in reply ? reply.lost : reply.instance)
  expect([a.served, b.served]).toEqual([64, 36])
  expect(instances.filter((instance) => instance === "0")).toHaveLength(64)
  expect(instances.filter((instance) => instance === "1")).toHaveLength(36)
})

it("cuts an answer off where the instance did, so that nobody takes it for a whole one", async () => {
  const backend = new Backend()
  backend.answer = (request, response) => {
    response.writeHead(200, { "content-length": "1000" })
    response.write("half", () => request.socket.destroy())
  }
  const { client } = await setUp(backend)
  expect(await client.send(get)).toHaveProperty("lost")
})
