/** What changes of the framed server while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { changingSettings, layerMemory } from "@heptad/common/testing"
import { Codecs, ContainerContract, Value } from "@heptad/container"
import containerManifest from "@heptad/container/package.json" with { type: "json" }
import { ContainerPlugin } from "@heptad/container/plugin"
import { Contract, Kernel, type LiveSettings, Plugin } from "@heptad/kernel"
import { NetworkContract } from "@heptad/network"
import networkManifest from "@heptad/network/package.json" with { type: "json" }
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { kinds } from "../src/internal/framed/frame.ts"
import { bytesOf, client, create, gate, message, type Peer, peer, ping, routes, series, slow } from "./framedSupport.ts"
import { until } from "./support.ts"

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

const manifest = {
  name: "@test/orders",
  version: "1.0.0",
  peerDependencies: {
    [networkManifest.name]: `^${networkManifest.version}`,
    [containerManifest.name]: `^${containerManifest.version}`
  }
}

type Section = Readonly<Record<string, unknown>>
type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

const running = <A, E, R>(
  first: Section,
  test: (change: Change) => Effect.Effect<A, E, R>,
  pass?: Effect.Effect<void>
) => {
  const sections = (framed: Section) => ({
    network: { tcp: { port: 0 }, framed: { enabled: true, port: 0, ...framed } }
  })
  const Orders = Plugin.make({
    manifest,
    contract: Contract.make({ name: "orders", manifest, services: [] }),
    requires: [NetworkContract, ContainerContract],
    config: Schema.Struct({}),
    layer: () => routes(pass)
  })
  const settings = changingSettings(sections(first))
  return test((next) => settings.change(sections(next))).pipe(
    Effect.scoped,
    Effect.provide(Kernel.layer([Common, ContainerPlugin, NetworkPlugin, Orders]).pipe(Layer.provide(settings.layer)))
  )
}

const order = { item: "tea", quantity: 1 }

const isServed = Effect.fnUntraced(function*(one: Peer) {
  const before = one.frames.length
  one.write(bytesOf(ping(1)))
  yield* until(Effect.sync(() => one.frames.length > before))
})

for (const key of ["network.framed.max_connections", "network.framed.max_connections_per_ip"] as const) {
  it.live(`${key}: the next connection above the new limit is closed, one that is open stays`, () =>
    running({}, (change) =>
      Effect.gen(function*() {
        const first = yield* peer
        yield* isServed(first)
        yield* Effect.scoped(Effect.flatMap(peer, isServed))
        yield* change({ [key.slice("network.framed.".length)]: 1 })
        yield* (yield* peer).closed
        yield* isServed(first)
      })))
}

it.live("network.framed.max_frame_size: the next frame is held against the new limit, on a connection that is open", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const codecs = yield* Codecs
      const one = yield* peer
      const long = { item: Value.string("x".repeat(200)), quantity: Value.int(1) }
      one.write(bytesOf(yield* message(codecs, 1, "order.create", long)))
      yield* until(Effect.sync(() => one.frames.length === 1))
      yield* change({ max_frame_size: "100B" })
      one.write(bytesOf(yield* message(codecs, 2, "order.create", long)))
      yield* one.closed
      assert.deepInclude(one.errors()[0], { code: "network.message_too_large" })
    })))

it.live("network.framed.max_in_flight: as many of the next requests are worked on at a time", () => {
  const { pass, seen } = gate()
  return running(
    { max_in_flight: 1 },
    (change) =>
      Effect.gen(function*() {
        const { request } = yield* client()
        yield* Effect.forkScoped(request(slow, {}))
        yield* until(Effect.sync(() => seen.waiting === 1))
        yield* change({ max_in_flight: 3 })
        const another = yield* client()
        yield* Effect.forkScoped(Effect.forEach([1, 2, 3, 4], () => another.request(slow, {}), { concurrency: 4 }))
        yield* until(Effect.sync(() => seen.waiting === 4))
      }),
    pass
  )
})

it.live("network.framed.write_high_water_mark: beyond the new mark nothing more is read until replies are taken", () =>
  running({ write_high_water_mark: "1GB" }, (change) =>
    Effect.gen(function*() {
      const codecs = yield* Codecs
      const answered = series("framed_requests_total", { type: "large" })
      const ids = Array.from({ length: 40 }, (_, index) => index + 1)
      const requests = yield* Effect.forEach(ids, (id) => message(codecs, id, "large", { bytes: Value.int(500_000) }))
      /** Replies that are made for somebody who takes none, once there are `least`. */
      const made = (least: number) =>
        Effect.scoped(Effect.gen(function*() {
          const before = yield* answered
          const one = yield* peer
          one.socket.pause()
          one.write(bytesOf(...requests))
          yield* until(Effect.map(answered, (now) => now - before >= least))
          yield* Effect.scoped(Effect.flatMap(peer, isServed))
          const sofar = (yield* answered) - before
          one.socket.resume()
          yield* until(Effect.sync(() => one.frames.filter(({ kind }) => kind === kinds.reply).length === ids.length))
          return sofar
        }))
      assert.strictEqual(yield* made(40), 40)
      yield* change({ write_high_water_mark: "1KB" })
      assert.isBelow(yield* made(1), 40)
    })))

it.live("network.framed.access_log: the next answer is told", () => {
  const told: Array<string> = []
  const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
  return running({}, (change) =>
    Effect.gen(function*() {
      const { request } = yield* client()
      const lines = Effect.andThen(
        request(create, order),
        Effect.sync(() => told.filter((line) => line === "framed request").length)
      )
      assert.strictEqual(yield* lines, 0)
      yield* change({ access_log: true })
      assert.strictEqual(yield* lines, 1)
    })).pipe(Effect.provide(journal))
})
