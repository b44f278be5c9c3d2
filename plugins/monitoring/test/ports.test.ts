import { assert, describe, it } from "@effect/vitest"
import type { KernelError } from "@heptad/kernel"
import { Monitoring } from "@heptad/monitoring"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { app, connect, freePort, freePorts, getHealth, getMetrics, listen } from "./app.ts"

const refused = (monitoring: Record<string, unknown>) => Effect.flip(Effect.scoped(Layer.build(app(monitoring))))

const told = (error: KernelError) => [error.message, Runtime.getErrorExitCode(error)]

describe("a port that cannot be had", () => {
  it.effect("says who wants the health port and how to change it, exit code 69", () =>
    Effect.gen(function*() {
      const { port } = yield* listen
      assert.deepStrictEqual(told(yield* refused({ ...freePorts, health: { port } })), [
        `- "monitoring" did not start: The health port ${port} on 127.0.0.1 is already in use by another process. ` +
        `Stop that process, or choose another port with monitoring.health.port or MONITORING_HEALTH_PORT.`,
        69
      ])
    }))

  it.effect("says who wants the metrics port and how to change it, exit code 69", () =>
    Effect.gen(function*() {
      const { port } = yield* listen
      assert.deepStrictEqual(told(yield* refused({ ...freePorts, prometheus: { port } })), [
        `- "monitoring" did not start: The metrics port ${port} on 127.0.0.1 is already in use by another process. ` +
        `Stop that process, or choose another port with monitoring.prometheus.port or MONITORING_PROMETHEUS_PORT.`,
        69
      ])
    }))

  it.effect("names the address when the address is the problem", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* refused({ ...freePorts, health: { port: 0, bind_address: "192.0.2.1" } })), [
        `- "monitoring" did not start: The health port 0 on 192.0.2.1 cannot be opened (EADDRNOTAVAIL). ` +
        `Choose another address with monitoring.health.bind_address, ` +
        `or another port with monitoring.health.port or MONITORING_HEALTH_PORT.`,
        69
      ])
    }))

  it.effect("frees the port that it had when the other one is refused", () =>
    Effect.gen(function*() {
      const [free, { port }] = [yield* freePort, yield* listen]
      yield* refused({ health: { port: free }, prometheus: { port } })
      yield* Effect.provide(getHealth("/health"), app({ ...freePorts, health: { port: free } }))
    }))
})

describe("abuse of a port", () => {
  it.effect("turns connections away beyond the limit, and serves again when they are gone", () =>
    Effect.gen(function*() {
      const address = (yield* Monitoring).healthAddress ?? { host: "", port: 0 }
      yield* Effect.scoped(Effect.gen(function*() {
        const within = Array.from({ length: 256 })
        const served = yield* Effect.forEach(within, () => connect(address), { concurrency: "unbounded" })
        const beyond = yield* connect(address)
        yield* beyond.closed
        assert.isFalse(served.some(({ isClosed }) => isClosed()))
      }))
      yield* Effect.eventually(Effect.sandbox(getHealth("/health")))
    }).pipe(Effect.provide(app())))
})

describe("one listener for both", () => {
  it.effect("serves health and metrics when the ports are the same", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      yield* Effect.gen(function*() {
        const { healthAddress, metricsAddress } = yield* Monitoring
        assert.deepStrictEqual(healthAddress, { host: "127.0.0.1", port })
        assert.deepStrictEqual(metricsAddress, healthAddress)
        assert.strictEqual((yield* getHealth("/health/ready")).body, `{"status":"READY"}`)
        assert.include((yield* getMetrics("/metrics")).body, "# TYPE process_cpu_seconds_total counter\n")
      }).pipe(Effect.provide(app({ health: { port }, prometheus: { port } })))
    }))

  it.effect("refuses the same path for both, exit code 78", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      assert.deepStrictEqual(told(yield* refused({ health: { port }, prometheus: { port, endpoint: "/health" } })), [
        `- "monitoring" did not start: Health and metrics share port ${port} and both want the path /health. ` +
        `Change monitoring.prometheus.endpoint or monitoring.health.endpoint, or give them different ports.`,
        78
      ])
    }))
})
