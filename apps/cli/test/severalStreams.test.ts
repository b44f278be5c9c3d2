/** What stays open, in an app of several processes that are replaced: WebSockets, event streams, framed connections. */
import { ContainerPlugin } from "@heptad/container/plugin"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { parse } from "@heptad/monitoring/testing"
import { FramedClient, FramedRoute } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import { once } from "node:events"
import { createServer } from "node:net"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { chat, events, type Follower } from "./fixtures/following.ts"
import { ask, until } from "./fixtures/requests.ts"
import { pidsOf, type Several, start } from "./fixtures/several.ts"
import { streams } from "./fixtures/streams.ts"
import { heptad } from "./heptad.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return address === null || typeof address === "string" ? 0 : address.port
}

let several: Several
let framedPort: number

beforeAll(async () => {
  framedPort = await freePort()
  several = await start({ framed: { enabled: true, port: framedPort } }, {}, streams)
})
afterAll(() => several.remove())

const texts = async () => (await pidsOf(several)).map(String)

const sum = async (name: string, labels: Readonly<Record<string, string>> = {}) =>
  (await Effect.runPromise(parse((await ask(`${several.metrics}/metrics`)).body))).sum(name, labels)

const Who = FramedRoute.make("who", {
  payload: Schema.Struct({ number: Schema.Int }),
  reply: Schema.Struct({ pid: Schema.String, number: Schema.Int })
})

const codecs = ManagedRuntime.make(Layer.provide(Kernel.layer([ContainerPlugin]), settings({})))

/** Asks over one connection until it is told to leave, several requests at a time. */
const asking = () => {
  const [faults, pids]: [Array<string>, Set<string>] = [[], new Set()]
  let [next, staying] = [0, true]
  const ask = (client: FramedClient.FramedClient) =>
    Effect.gen(function*() {
      while (staying) {
        const number = next++
        const reply = yield* Effect.exit(client.request(Who, { number }))
        if (reply._tag === "Failure") faults.push(String(reply.cause))
        else if (reply.value.number !== number) faults.push(`${reply.value.number} in place of ${number}`)
        else pids.add(reply.value.pid)
      }
    })
  const ended = codecs.runPromise(
    FramedClient.connect({ host: "127.0.0.1", port: framedPort }).pipe(
      Effect.flatMap((client) => Effect.all(Array.from({ length: 4 }, () => ask(client)), { concurrency: 4 })),
      Effect.scoped
    )
  )
  const leave = async () => {
    staying = false
    await ended
  }
  return {
    faults,
    pids,
    get next() {
      return next
    },
    leave
  }
}

type Client = Pick<Follower, "next" | "faults" | "leave"> & { readonly pids: Iterable<string> }

const goOn = async (clients: ReadonlyArray<Client>) => {
  const before = clients.map(({ next }) => next)
  await until("all go on", () => clients.every(({ next }, index) => next > (before[index] ?? 0) + 20))
}

const met = (clients: ReadonlyArray<Client>) => new Set(clients.flatMap(({ pids }) => [...pids]))

it("WebSockets, event streams and framed clients lose nothing while the processes are replaced", async () => {
  const before = await texts()
  const chats = [chat(several.app), chat(several.app), chat(several.app), chat(several.app)]
  const streams = [events(several.app), events(several.app)]
  const framed = Array.from({ length: 6 }, asking)
  const short = [chat(several.app, 1), chat(several.app, 2), chat(several.app, 3), chat(several.app, 4)]
  const all: ReadonlyArray<Client> = [...chats, ...streams, ...framed, ...short]
  await goOn(all)
  expect(met(chats)).toEqual(new Set(before))
  expect(met(streams)).toEqual(new Set(before))

  const restarted = await heptad(["restart-processes", "--config", "app.json"], { cwd: several.root })
  expect(restarted.err).toBe("All processes were replaced.\n")
  await goOn(all)
  const after = await texts()
  expect(met([...chats, ...short])).toEqual(new Set([...before, ...after]))
  expect(after.filter((pid) => met(streams).has(pid))).not.toEqual([])
  expect(after.filter((pid) => met(framed).has(pid))).not.toEqual([])
  expect(all.flatMap(({ faults }) => faults)).toEqual([])
  expect(new Set(chats.flatMap(({ ends }) => ends))).toEqual(new Set([1001]))
  expect(new Set(streams.flatMap(({ ends }) => ends))).toEqual(new Set(["complete"]))
  expect(await sum("network_requests_cut_total")).toBe(0)
  expect(await sum("websocket_closes_total", { code: "1001" })).toBeGreaterThanOrEqual(4)

  await Promise.all(all.map((client) => client.leave()))
  several.running.process.kill("SIGTERM")
  const { code, err } = await several.running.ended
  expect(code, err).toBe(0)
})
