import { assert, describe, it } from "@effect/vitest"
import { Monitoring } from "@heptad/monitoring"
import { parse, scrape } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import { app, freePorts, getMetrics, journal, url } from "./app.ts"

const prometheus = (more: Record<string, unknown>) => ({ ...freePorts, prometheus: { port: 0, ...more } })

const scraped = Effect.gen(function*() {
  return yield* scrape(url((yield* Monitoring).metricsAddress, "/metrics"))
})

const requests = Metric.counter("http_requests_total", { description: "Total HTTP requests" })
const latency = Metric.histogram("http_request_duration_seconds", { boundaries: [0.001, 0.01, 0.1, 1, 10] })
const jobs = Metric.summary("thread_pool_job_duration_seconds", {
  maxAge: "1 minute",
  maxSize: 100,
  quantiles: [0.5, 0.99]
})

describe("the metrics page", () => {
  it.effect("is Prometheus text 0.0.4 with the guide's names and labels", () =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.withAttributes(requests, { method: "GET", status: "200" }), 41)
      yield* Metric.update(Metric.withAttributes(requests, { method: "GET", status: "404" }), 1)
      yield* Effect.forEach([0.0005, 0.05, 0.05, 3, 60], (seconds) => Metric.update(latency, seconds))
      yield* Effect.forEach([0.001, 0.002, 0.003, 0.004], (seconds) => Metric.update(jobs, seconds))
      const got = yield* getMetrics("/metrics")
      assert.strictEqual(got.status, 200)
      assert.strictEqual(got.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      const page = yield* parse(got.body)
      assert.strictEqual(page.families.get("http_requests_total")?.kind, "counter")
      assert.strictEqual(page.families.get("http_requests_total")?.help, "Total HTTP requests")
      assert.strictEqual(page.series.get(`http_requests_total{method="GET",status="200"}`), 41)
      assert.strictEqual(page.sum("http_requests_total", { method: "GET" }), 42)
      const bounds = ["0.001", "0.01", "0.1", "1", "10", "+Inf"]
      assert.deepStrictEqual(
        bounds.map((le) => page.series.get(`http_request_duration_seconds_bucket{le="${le}"}`)),
        [1, 1, 3, 3, 4, 5]
      )
      assert.strictEqual(page.series.get("http_request_duration_seconds_count"), 5)
      assert.closeTo(page.series.get("http_request_duration_seconds_sum") ?? 0, 63.1005, 1e-9)
      assert.strictEqual(page.families.get("thread_pool_job_duration_seconds")?.kind, "summary")
      assert.strictEqual(page.series.get(`thread_pool_job_duration_seconds{quantile="0.5"}`), 0.002)
      assert.strictEqual(page.series.get(`thread_pool_job_duration_seconds{quantile="0.99"}`), 0.004)
    }).pipe(Effect.provide(app())))

  it.effect("escapes label values and help texts", () =>
    Effect.gen(function*() {
      const nasty = `a "quoted" back\\slash\nand a line`
      yield* Metric.update(Metric.gauge("odd", { description: nasty, attributes: { path: nasty } }), 1)
      const page = yield* scraped
      assert.deepStrictEqual(
        page.samples.filter(({ name }) => name === "odd"),
        [{ name: "odd", labels: { path: nasty }, value: 1 }]
      )
      assert.strictEqual(page.families.get("odd")?.help, `a "quoted" back\\\\slash\\nand a line`)
    }).pipe(Effect.provide(app())))

  it.effect("serves only the first of two metrics that contradict each other, and says so once", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      yield* Metric.update(Metric.counter("twice"), 1)
      yield* Metric.update(Metric.gauge("twice"), 5)
      yield* Metric.update(Metric.counter("twice", { description: "the same series again" }), 7)
      assert.deepStrictEqual(
        (yield* scraped).samples.filter(({ name }) => name === "twice").map(({ value }) => value),
        [1]
      )
      yield* scraped
      assert.strictEqual(lines.filter((line) => line.includes("metric twice is defined twice")).length, 1)
    }).pipe(Effect.provide(app().pipe(Layer.provide(journal(lines)))))
  })

  it.effect("packs with gzip when that is accepted, and only then", () =>
    Effect.gen(function*() {
      const packed = yield* getMetrics("/metrics", { headers: { "accept-encoding": "deflate, gzip;q=0.5" } })
      const plain = yield* getMetrics("/metrics", { headers: { "accept-encoding": "gzip;q=0, identity" } })
      assert.strictEqual(packed.headers.get("content-encoding"), "gzip")
      assert.strictEqual(plain.headers.get("content-encoding"), null)
      assert.isTrue((yield* parse(packed.body)).families.has("process_cpu_seconds_total"))
      assert.isBelow(Number(packed.headers.get("content-length")), Number(plain.headers.get("content-length")) / 2)
    }).pipe(Effect.provide(app())))

  it.effect("answers HEAD, and refuses other methods and paths", () =>
    Effect.gen(function*() {
      const head = yield* getMetrics("/metrics", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.body], [200, ""])
      const put = yield* getMetrics("/metrics", { method: "PUT", body: "x" })
      assert.deepStrictEqual([put.status, put.headers.get("allow")], [405, "GET, HEAD"])
      const missed = yield* getMetrics("/health")
      assert.deepStrictEqual([missed.status, missed.body], [404, "Not here. This port serves /metrics\n"])
    }).pipe(Effect.provide(app())))
})

describe("the settings of the page", () => {
  it.effect("labels every series; a label of the series itself wins", () =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.withAttributes(requests, { method: "GET", region: "here" }), 1)
      const page = yield* scraped
      assert.isTrue(page.samples.every(({ labels }) => labels["service"] === "my-service" && labels["zone"] === "1"))
      assert.strictEqual(page.sum("http_requests_total", { region: "here", service: "my-service" }), 1)
      assert.strictEqual(page.sum("heptad_boot_duration_seconds", { region: "us-west-2" }) >= 0, true)
    }).pipe(Effect.provide(app(prometheus({ labels: { service: "my-service", region: "us-west-2", zone: 1 } })))))

  it.effect("prefixes every metric but the standard ones with namespace and subsystem", () =>
    Effect.gen(function*() {
      yield* Metric.update(requests, 1)
      const names = [...(yield* scraped).families.keys()]
      assert.include(names, "app_kcenon_http_requests_total")
      assert.include(names, "app_kcenon_memory_usage_bytes")
      assert.include(names, "process_resident_memory_bytes")
      assert.include(names, "nodejs_eventloop_utilization")
      assert.isTrue(names.every((name) => /^(app_kcenon|process|nodejs)_/.test(name)))
    }).pipe(Effect.provide(app(prometheus({ namespace: "app", subsystem: "kcenon" })))))

  it.effect("leaves out the kinds that are not listed", () =>
    Effect.gen(function*() {
      yield* Metric.update(jobs, 0.1)
      const kinds = new Set([...(yield* scraped).families.values()].map(({ kind }) => kind))
      assert.deepStrictEqual([...kinds].sort(), ["counter", "gauge"])
    }).pipe(Effect.provide(app({ ...freePorts, metrics: { types: ["counter", "gauge"] } }))))

  it.effect("moves to another endpoint", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        [(yield* getMetrics("/internal/prom")).status, (yield* getMetrics("/metrics")).status],
        [200, 404]
      )
    }).pipe(Effect.provide(app(prometheus({ endpoint: "/internal/prom" })))))

  it.effect("closes the port when Prometheus is disabled, and still measures", () =>
    Effect.gen(function*() {
      assert.isUndefined((yield* Monitoring).metricsAddress)
      assert.isTrue((yield* Metric.snapshot).some(({ id }) => id === "process_resident_memory_bytes"))
    }).pipe(Effect.provide(app(prometheus({ enabled: false })))))

  it.effect("closes the port and measures nothing when metrics are disabled", () =>
    Effect.gen(function*() {
      assert.isUndefined((yield* Monitoring).metricsAddress)
      assert.isFalse((yield* Metric.snapshot).some(({ id }) => id.startsWith("process_")))
    }).pipe(Effect.provide(app({ ...freePorts, metrics: { enabled: false } }))))
})

describe("what the process tells about itself", () => {
  it.effect("has the standard process metrics in base units", () =>
    Effect.gen(function*() {
      const page = yield* scraped
      const value = (name: string) => page.series.get(name) ?? NaN
      const { heapTotal, rss } = process.memoryUsage()
      assert.closeTo(value("process_resident_memory_bytes") / rss, 1, 0.5)
      assert.strictEqual(value("memory_usage_bytes"), value("process_resident_memory_bytes"))
      assert.isAbove(value("process_memory_limit_bytes"), value("process_resident_memory_bytes"))
      assert.closeTo(value("process_start_time_seconds"), performance.timeOrigin / 1000, 1)
      assert.isAbove(value("process_cpu_seconds_total"), 0)
      assert.isAtMost(
        value("process_cpu_seconds_total"),
        process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6
      )
      assert.closeTo(value("nodejs_heap_size_total_bytes") / heapTotal, 1, 0.5)
      assert.isBelow(value("nodejs_heap_size_used_bytes"), value("nodejs_heap_size_total_bytes"))
      assert.isAtLeast(value("nodejs_eventloop_utilization"), 0)
      assert.isAtMost(value("nodejs_eventloop_utilization"), 1)
      assert.isAtLeast(value("nodejs_eventloop_delay_p99_seconds"), value("nodejs_eventloop_delay_p50_seconds"))
      if (process.platform === "linux") assert.isAbove(value("process_open_fds"), 3)
    }).pipe(Effect.provide(app())))

  it.effect("is measured again every collection interval", () =>
    Effect.gen(function*() {
      const before = yield* Effect.map(scraped, (page) => page.series.get("process_cpu_seconds_total") ?? NaN)
      const until = performance.now() + 30
      while (performance.now() < until);
      assert.strictEqual((yield* scraped).series.get("process_cpu_seconds_total"), before)
      yield* TestClock.adjust("5 seconds")
      assert.isAbove((yield* scraped).series.get("process_cpu_seconds_total") ?? NaN, before)
    }).pipe(Effect.provide(app({ ...freePorts, metrics: { collection_interval: "5s" } }))))

  it.effect("names every plugin with its version, and how long the boot took", () =>
    Effect.gen(function*() {
      const page = yield* scraped
      assert.strictEqual(page.series.get(`heptad_plugin_info{plugin="monitoring",version="0.1.0"}`), 1)
      assert.strictEqual(page.series.get(`heptad_plugin_info{plugin="common",version="0.1.0"}`), 1)
      assert.isTrue(page.series.has(`heptad_plugin_start_duration_seconds{plugin="common"}`))
      assert.isTrue(page.series.has("heptad_boot_duration_seconds"))
    }).pipe(Effect.provide(app())))

  it.effect("counts garbage collections", () =>
    Effect.gen(function*() {
      // Enough short-lived memory that V8 must collect some of it.
      const collected = Effect.gen(function*() {
        Array.from({ length: 200 }, () => new Array(10_000).fill({}))
        return (yield* scraped).sum("nodejs_gc_duration_seconds_count", { kind: "minor" })
      })
      assert.isAbove(yield* Effect.repeat(collected, { until: (count) => count > 0, times: 50 }), 0)
    }).pipe(Effect.provide(app())))

  it.effect("measures its own scrapes", () =>
    Effect.gen(function*() {
      yield* scraped
      assert.strictEqual((yield* scraped).series.get("monitoring_scrape_duration_seconds_count"), 1)
    }).pipe(Effect.provide(app())))
})
