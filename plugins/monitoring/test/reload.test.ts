/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { changingSettings } from "@heptad/common/testing"
import { Kernel, type LiveSettings } from "@heptad/kernel"
import { Monitoring } from "@heptad/monitoring"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { scrape } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import { fakeCommon, freePorts, getHealth, journal, result, type Results, url } from "./app.ts"

type Section = Readonly<Record<string, Readonly<Record<string, unknown>>>>
type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

const onFreePorts = ({ health, prometheus, ...rest }: Section) => ({
  monitoring: {
    ...rest,
    health: { ...freePorts.health, ...health },
    prometheus: { ...freePorts.prometheus, ...prometheus }
  }
})

const running = <A, E, R>(
  first: Section,
  test: (change: Change) => Effect.Effect<A, E, R>,
  results: Results = []
) => {
  const settings = changingSettings(onFreePorts(first))
  return test((next) => settings.change(onFreePorts(next))).pipe(
    Effect.provide(
      Kernel.layer([fakeCommon(results), MonitoringPlugin]).pipe(
        Layer.provide(settings.layer),
        Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
      )
    )
  )
}

const scraped = Effect.gen(function*() {
  return yield* scrape(url((yield* Monitoring).metricsAddress, "/metrics"))
})

const has = (series: string) => Effect.map(scraped, (page) => page.series.has(series))

const memory = "memory_usage_bytes"

it.effect("monitoring.prometheus.namespace: the next page has the new prefix", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* has(memory), yield* has(`app_${memory}`)], [true, false])
      yield* change({ prometheus: { namespace: "app" } })
      assert.deepStrictEqual([yield* has(memory), yield* has(`app_${memory}`)], [false, true])
    })))

it.effect("monitoring.prometheus.subsystem: the next page has the new prefix", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.isFalse(yield* has(`web_${memory}`))
      yield* change({ prometheus: { subsystem: "web" } })
      assert.isTrue(yield* has(`web_${memory}`))
    })))

it.effect("monitoring.prometheus.labels: the next page carries the new labels", () =>
  running({ prometheus: { labels: { zone: "a" } } }, (change) =>
    Effect.gen(function*() {
      assert.isTrue(yield* has(`${memory}{zone="a"}`))
      yield* change({ prometheus: { labels: { zone: "b" } } })
      assert.deepStrictEqual([yield* has(`${memory}{zone="a"}`), yield* has(`${memory}{zone="b"}`)], [false, true])
    })))

it.effect("monitoring.metrics.types: the next page tells the new kinds only", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.isTrue(yield* has(memory))
      yield* change({ metrics: { types: ["counter"] } })
      assert.isFalse(yield* has(memory))
    })))

it.effect("monitoring.metrics.collection_interval: the process is measured in the new rhythm at once", () =>
  running({ metrics: { collection_interval: "1h" } }, (change) =>
    Effect.gen(function*() {
      const heapUsed = Effect.map(scraped, (page) => page.series.get("nodejs_heap_size_used_bytes"))
      const first = yield* heapUsed
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* heapUsed, first)
      yield* change({ metrics: { collection_interval: "1s" } })
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual(yield* heapUsed, first)
    })))

it.effect("monitoring.health.checks: a check that is named must pass from the next answer on", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/health/ready")).status, 200)
      yield* change({ health: { checks: [{ name: "readiness", checks: ["cache"] }] } })
      assert.strictEqual((yield* getHealth("/health/ready")).status, 503)
    }), [result("cache", { criticality: "info", status: "fail" })]))

const block = (millis: number) =>
  Effect.sync(() => {
    for (const end = performance.now() + millis; performance.now() < end;);
  })

it.live("monitoring.health.checks: the event loop must answer in the new rhythm and within the new time", () => {
  const lines: Array<string> = []
  const told = () => lines.some((line) => line.startsWith("event loop was blocked for 0."))
  return running({}, (change) =>
    Effect.gen(function*() {
      yield* block(300)
      yield* getHealth("/health/live")
      assert.isFalse(told())
      yield* change({ health: { checks: [{ name: "liveness", interval: "10ms", timeout: "100ms" }] } })
      yield* Effect.andThen(block(300), Effect.sleep("5 millis")).pipe(Effect.repeat({ until: told }))
    })).pipe(Effect.provide(journal(lines)))
})

it.live("what cannot be obeyed is told once for as long as it holds", () => {
  const lines: Array<string> = []
  const complaints = () => lines.filter((line) => line.includes(`names "nobody"`)).length
  const checks = [{ name: "readiness", checks: ["nobody"] }]
  return running({}, (change) =>
    Effect.gen(function*() {
      yield* change({ health: { checks } })
      yield* change({ health: { checks }, prometheus: { namespace: "app" } })
      assert.strictEqual(complaints(), 1)
      yield* change({})
      yield* change({ health: { checks } })
      assert.strictEqual(complaints(), 2)
    })).pipe(Effect.provide(journal(lines)))
})
