/** A small app around the monitoring plugin: a common whose checks the test turns, and a plugin that waits at gates. */
import { CommonContract, HealthRegistry, type HealthResult, Setting } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Contract, Kernel, Lifecycle, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { type Address, Monitoring } from "@heptad/monitoring"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { createConnection, createServer } from "node:net"

/** The results that the health pages read; a test changes them while the app runs. */
export type Results = Array<HealthResult>

export const result = (name: string, fields: Partial<HealthResult> = {}): HealthResult => ({
  name,
  kind: "readiness",
  criticality: "critical",
  status: "pass",
  checkedAtMillis: 0,
  durationMillis: 3,
  ...fields
})

const registry = (results: Results) =>
  Layer.succeed(HealthRegistry, {
    register: () => Effect.void,
    results: Effect.sync(() => [...results]),
    verdict: () => Effect.die("monitoring weighs the results itself")
  })

export const fakeCommon = (results: Results) =>
  Plugin.make({
    manifest: { name: CommonContract.package, version: CommonContract.version },
    contract: CommonContract,
    requires: [],
    config: Setting.section({}),
    layer: () => Layer.mergeAll(layerMemory, registry(results))
  })

/** A plugin that starts, and that lets the app drain, when the test says so. */
export const gate = (start: Effect.Effect<void>, drain: Effect.Effect<void>) => {
  const manifest = { name: "@test/gate", version: "1.2.3" }
  return Plugin.make({
    manifest,
    contract: Contract.make({ name: "gate", manifest, services: [] }),
    requires: [],
    config: Setting.section({}),
    layer: () =>
      Layer.effectDiscard(
        Effect.gen(function*() {
          const lifecycle = yield* Lifecycle
          yield* lifecycle.onDrain({ name: "gate", phase: "requests", run: drain })
          yield* start
        })
      )
  })
}

export const freePorts = { health: { port: 0 }, prometheus: { port: 0 } }

const apart = Layer.sync(Metric.MetricRegistry, () => new Map())

/** Monitoring with these settings, its metrics apart from every other test's. */
export const app = (monitoring: Record<string, unknown> = freePorts, results: Results = []) =>
  Kernel.layer([fakeCommon(results), MonitoringPlugin]).pipe(
    Layer.provide(settings({ monitoring })),
    Layer.provideMerge(apart)
  )

/** The texts that the app logs are pushed to `lines`. */
export const journal = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message }) => lines.push(Array.isArray(message) ? message.join(" ") : String(message)))])

export const url = (address: Address | undefined, path: string) =>
  address === undefined ? `the port is closed${path}` : `http://${address.host}:${address.port}${path}`

/** One request on a connection of its own, so that no idle connection outlives the test. */
export const get = Effect.fnUntraced(function*(url: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers)
  headers.set("connection", "close")
  const response = yield* Effect.promise(() => globalThis.fetch(url, { ...init, headers }))
  const body = yield* Effect.promise(() => response.text())
  return { status: response.status, body, headers: response.headers }
})

export const getHealth = Effect.fnUntraced(function*(path: string, init?: RequestInit) {
  return yield* get(url((yield* Monitoring).healthAddress, path), init)
})

export const getMetrics = Effect.fnUntraced(function*(path: string, init?: RequestInit) {
  return yield* get(url((yield* Monitoring).metricsAddress, path), init)
})

/** Listens on a port that the operating system chooses, until the scope closes. */
export const listen = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** A port that was free a moment ago. */
export const freePort = Effect.scoped(Effect.map(listen, ({ port }) => port))

export interface Connection {
  /** Waits until the other side ends it. */
  readonly closed: Effect.Effect<void>
  readonly isClosed: () => boolean
  readonly end: () => void
}

/** A silent connection, until the scope closes. */
export const connect = ({ host, port }: Address) =>
  Effect.acquireRelease(
    Effect.callback<Connection>((resume) => {
      const socket = createConnection(port, host)
      const closed = Deferred.makeUnsafe<void>()
      const connection = {
        closed: Deferred.await(closed),
        isClosed: () => Deferred.isDoneUnsafe(closed),
        end: () => socket.destroy()
      }
      socket.on("error", () => {})
      socket.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
      socket.resume()
      socket.on("connect", () => resume(Effect.succeed(connection)))
    }),
    ({ end }) => Effect.sync(end)
  )
