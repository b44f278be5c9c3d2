import { assert, describe, it } from "@effect/vitest"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Monitoring } from "@heptad/monitoring"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { app, fakeCommon, freePort, freePorts, gate, get, getHealth, result, type Results, url } from "./app.ts"

const down = (results: Results) => app(freePorts, results)

describe("the health port", () => {
  it.effect("answers with the guide's exact bodies while everything is well", () =>
    Effect.gen(function*() {
      const expected = {
        "/health": `{"status":"UP"}`,
        "/health/live": `{"status":"UP"}`,
        "/health/ready": `{"status":"READY"}`,
        "/health/startup": `{"status":"UP"}`,
        "/livez": `{"status":"UP"}`,
        "/readyz": `{"status":"READY"}`
      }
      for (const [path, body] of Object.entries(expected)) {
        const got = yield* getHealth(path)
        assert.deepStrictEqual([path, got.status, got.body], [path, 200, body])
        assert.strictEqual(got.headers.get("cache-control"), "no-store")
        assert.strictEqual(got.headers.get("content-type"), "application/json")
      }
    }).pipe(Effect.provide(app())))

  it.effect("answers HEAD with the headers of GET and no body", () =>
    Effect.gen(function*() {
      const got = yield* getHealth("/health/live", { method: "HEAD" })
      assert.deepStrictEqual([got.status, got.body], [200, ""])
      assert.strictEqual(got.headers.get("content-length"), String(`{"status":"UP"}`.length))
    }).pipe(Effect.provide(app())))

  it.effect("refuses other methods with 405 and other paths with 404", () =>
    Effect.gen(function*() {
      const posted = yield* getHealth("/health", { method: "POST", body: "x" })
      assert.deepStrictEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"])
      for (const path of ["/", "/metrics", "/health/", "/health/other", "/constructor", "/__proto__"]) {
        assert.strictEqual((yield* getHealth(path)).status, 404, path)
      }
      const missed = yield* getHealth("/healthz")
      assert.strictEqual(
        missed.body,
        "Not here. This port serves /health, /health/live, /health/ready, /health/startup, /livez, /readyz\n"
      )
    }).pipe(Effect.provide(app())))

  it.effect("serves the pages below another endpoint", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/status/ready")).body, `{"status":"READY"}`)
      assert.strictEqual((yield* getHealth("/health")).status, 404)
    }).pipe(Effect.provide(app({ ...freePorts, health: { port: 0, endpoint: "/status" } }))))

  it.effect("refuses headers that are too large", () =>
    Effect.gen(function*() {
      const got = yield* getHealth("/health", { headers: { "x-big": "x".repeat(9000) } })
      assert.strictEqual(got.status, 431)
    }).pipe(Effect.provide(app())))

  it.effect("stays closed when it is disabled", () =>
    Effect.gen(function*() {
      const { healthAddress, metricsAddress } = yield* Monitoring
      assert.deepStrictEqual([healthAddress, typeof metricsAddress?.port], [undefined, "number"])
    }).pipe(Effect.provide(app({ ...freePorts, health: { enabled: false } }))))
})

describe("readiness", () => {
  it.effect("fails with a failing critical check, and liveness does not", () => {
    const results = [result("database_connection", { status: "fail", reason: "no route" })]
    return Effect.gen(function*() {
      const ready = yield* getHealth("/health/ready")
      assert.deepStrictEqual([ready.status, ready.body], [503, `{"status":"NOT_READY"}`])
      const aggregate = yield* getHealth("/health")
      assert.deepStrictEqual([aggregate.status, aggregate.body], [503, `{"status":"DOWN"}`])
      assert.strictEqual((yield* getHealth("/health/live")).status, 200)
      results[0] = result("database_connection")
      assert.strictEqual((yield* getHealth("/health/ready")).status, 200)
    }).pipe(Effect.provide(down(results)))
  })

  it.effect("waits for the first result of a critical check", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/readyz")).status, 503)
    }).pipe(Effect.provide(down([result("database_connection", { status: "unknown" })]))))

  it.effect("survives a failing degrading check with a warning, and an informing one without", () => {
    const results = [result("cache", { criticality: "degrading", status: "fail" })]
    return Effect.gen(function*() {
      const got = yield* getHealth("/health/ready?verbose")
      assert.deepStrictEqual([got.status, JSON.parse(got.body).warn], [200, true])
      results[0] = result("cache", { criticality: "info", status: "fail" })
      assert.isUndefined(JSON.parse((yield* getHealth("/health/ready?verbose")).body).warn)
    }).pipe(Effect.provide(down(results)))
  })

  it.effect("fails with a degrading check that the settings name", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/readyz")).status, 503)
    }).pipe(Effect.provide(app(
      { ...freePorts, health: { port: 0, checks: [{ name: "readiness", checks: ["cache"] }] } },
      [result("cache", { criticality: "degrading", status: "fail" })]
    ))))

  it.effect("leaves a check out that the request excludes", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/readyz?exclude=cache")).status, 503)
      assert.strictEqual((yield* getHealth("/readyz?exclude=cache&exclude=database")).status, 200)
    }).pipe(Effect.provide(down([
      result("database", { status: "fail" }),
      result("cache", { status: "fail" })
    ]))))
})

describe("liveness", () => {
  it.effect("fails with a failing liveness check", () =>
    Effect.gen(function*() {
      const got = yield* getHealth("/livez")
      assert.deepStrictEqual([got.status, got.body], [503, `{"status":"DOWN"}`])
      assert.strictEqual((yield* getHealth("/readyz")).status, 200)
    }).pipe(Effect.provide(down([result("worker_threads", { kind: "liveness", status: "fail" })]))))

  it.effect("ignores a readiness check, also when the settings name it for liveness", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* getHealth("/livez")).status, 200)
    }).pipe(Effect.provide(app(
      { ...freePorts, health: { port: 0, checks: [{ name: "liveness", checks: ["database"] }] } },
      [result("database", { status: "fail" })]
    ))))
})

const Verbose = Schema.fromJsonString(Schema.Struct({
  status: Schema.String,
  phase: Schema.String,
  checks: Schema.Array(Schema.Record(Schema.String, Schema.Json)),
  plugins: Schema.Array(Schema.Struct({ name: Schema.String, version: Schema.String, state: Schema.String }))
}))

describe("details", () => {
  it.effect("?verbose adds every check and the states of the plugins", () =>
    Effect.gen(function*() {
      const got = yield* getHealth("/health?verbose")
      const body = yield* Schema.decodeEffect(Verbose)(got.body)
      assert.deepStrictEqual([body.status, body.phase], ["DOWN", "running"])
      assert.deepStrictEqual(body.checks.map(({ name, status }) => [name, status]), [
        ["event_loop", "pass"],
        ["database_connection", "fail"],
        ["external_api_reachability", "unknown"]
      ])
      assert.deepStrictEqual(body.checks[1], {
        name: "database_connection",
        kind: "readiness",
        criticality: "critical",
        status: "fail",
        reason: "no route",
        age_ms: 0,
        duration_ms: 3
      })
      assert.deepStrictEqual(body.plugins, [
        { name: "common", version: "0.1.0", state: "started" },
        { name: "monitoring", version: "0.1.0", state: "started" }
      ])
    }).pipe(Effect.provide(app(
      { ...freePorts, health: { port: 0, checks: [{ name: "readiness", checks: ["external_api_reachability"] }] } },
      [result("database_connection", { status: "fail", reason: "no route" })]
    ))))

  it.effect("speaks the IETF format by ?format=ietf and by Accept", () =>
    Effect.gen(function*() {
      const accepted = yield* getHealth("/health", { headers: { accept: "application/health+json" } })
      const asked = yield* getHealth("/health/ready?format=ietf")
      assert.strictEqual(accepted.headers.get("content-type"), "application/health+json")
      assert.strictEqual(accepted.status, 200)
      assert.strictEqual(JSON.parse(accepted.body).status, "warn")
      assert.deepStrictEqual(JSON.parse(asked.body), {
        status: "warn",
        checks: {
          "cache:responseTime": [{
            componentType: "component",
            status: "warn",
            observedValue: 3,
            observedUnit: "ms",
            time: "1970-01-01T00:00:00.000Z",
            output: "refused"
          }]
        }
      })
    }).pipe(Effect.provide(down([
      result("cache", { criticality: "degrading", status: "fail", reason: "refused" })
    ]))))
})

describe("the phases of the app", () => {
  it.effect("not ready while it starts and while it drains, alive all the time", () =>
    Effect.gen(function*() {
      const [start, drain] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const [asking, draining] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const port = yield* freePort
      const gated = gate(
        Effect.andThen(Deferred.succeed(asking, undefined), Deferred.await(start)),
        Effect.andThen(Deferred.succeed(draining, undefined), Deferred.await(drain))
      )
      const plugins = Kernel.layer([fakeCommon([]), MonitoringPlugin, gated]).pipe(
        Layer.provide(settings({ monitoring: { health: { port }, prometheus: { enabled: false } } }))
      )
      const pages = Effect.forEach(
        ["/health/ready", "/health", "/health/startup", "/health/live"],
        (path) => Effect.map(get(url({ host: "127.0.0.1", port }, path)), ({ body, status }) => `${status} ${body}`)
      )
      const scope = yield* Scope.make()
      const boot = yield* Effect.forkChild(Layer.buildWithScope(plugins, scope))

      yield* Deferred.await(asking)
      assert.deepStrictEqual(yield* pages, [
        `503 {"status":"NOT_READY","reason":"starting"}`,
        `503 {"status":"DOWN","reason":"starting"}`,
        `503 {"status":"DOWN"}`,
        `200 {"status":"UP"}`
      ])

      yield* Deferred.succeed(start, undefined)
      const context = yield* Fiber.join(boot)
      assert.strictEqual(Context.get(context, Monitoring).healthAddress?.port, port)
      assert.deepStrictEqual(yield* pages, [
        `200 {"status":"READY"}`,
        `200 {"status":"UP"}`,
        `200 {"status":"UP"}`,
        `200 {"status":"UP"}`
      ])

      const stop = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Deferred.await(draining)
      assert.deepStrictEqual(yield* pages, [
        `503 {"status":"NOT_READY","reason":"draining"}`,
        `503 {"status":"DOWN","reason":"draining"}`,
        `200 {"status":"UP"}`,
        `200 {"status":"UP"}`
      ])

      yield* Deferred.succeed(drain, undefined)
      yield* Fiber.join(stop)
      const after = yield* Effect.exit(pages)
      assert.isTrue(Exit.isFailure(after), "the port is closed after the stop")
    }))
})
