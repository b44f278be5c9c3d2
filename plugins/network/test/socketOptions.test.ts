/** Settings that only the operating system sees: asked of it, or of Node at the moment it is told. */
import { assert, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { tracingChannel } from "node:diagnostics_channel"
import * as net from "node:net"
import { request, server } from "./support.ts"

/** Connects `count` times, and tells after a while how many connections the other side's kernel took. */
const knock = `
const net = require("node:net")
const [port, count] = process.argv.slice(1).map(Number)
let taken = 0
for (let index = 0; index < count; index++) net.connect(port, "127.0.0.1", () => taken++).on("error", () => {})
setTimeout(() => { console.log(taken); process.exit() }, 800)
`

/** The event loop stands still meanwhile, so nobody accepts: what is taken waits in the queue of the kernel. */
const taken = (port: number) =>
  Number(spawnSync(process.execPath, ["-e", knock, String(port), "40"], { encoding: "utf8" }).stdout)

it.live("backlog: as many connections wait to be accepted, and hardly more", () =>
  Effect.gen(function*() {
    const few = yield* Effect.map(Network, ({ address }) => taken(address.port)).pipe(
      Effect.provide(server({ settings: { tcp: { backlog: 4 } } }))
    )
    const all = yield* Effect.map(Network, ({ address }) => taken(address.port)).pipe(
      Effect.provide(server({ settings: { tcp: { backlog: 100 } } }))
    )
    assert.isAtLeast(few, 4)
    assert.isAtMost(few, 8)
    assert.strictEqual(all, 40)
  }))

it.live("so_reuseport: two listeners share a port where both ask for it, and only there", () =>
  Effect.gen(function*() {
    const { address } = yield* Network
    const second = { tcp: { port: address.port, so_reuseport: true } }
    const shared = yield* request("/hello").pipe(Effect.provide(server({ settings: second }), { local: true }))
    assert.strictEqual(shared.status, 200)
    const alone = { tcp: { port: address.port } }
    const refused = yield* Effect.flip(Network.pipe(Effect.provide(server({ settings: alone }), { local: true })))
    assert.strictEqual(refused._tag, "PortTaken")
  }).pipe(Effect.provide(server({ settings: { tcp: { so_reuseport: true } } }))))

interface Listening {
  readonly server?: object
}

/** What the servers of the process are told while they begin to listen; Node has no way to ask a socket. */
const noDelay = (tcp_nodelay: boolean) =>
  Effect.gen(function*() {
    const told: Array<unknown> = []
    const channel = tracingChannel<Listening>("net.server.listen")
    const listen = {
      asyncStart: ({ server }: Listening) => {
        if (server instanceof net.Server) told.push(Reflect.get(server, "noDelay"))
      }
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => channel.subscribe(listen)),
      () => Effect.sync(() => channel.unsubscribe(listen))
    )
    yield* Network.pipe(Effect.provide(server({ settings: { tcp: { tcp_nodelay } } })))
    return told
  }).pipe(Effect.scoped)

it.live("tcp_nodelay: is what every accepted socket is told", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual([yield* noDelay(true), yield* noDelay(false)], [[true], [false]])
  }))
