import { assert, describe, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Contract, Kernel, KernelError, Plugin, Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Network, NetworkContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as http from "node:http"
import * as net from "node:net"
import { request, stable } from "./support.ts"

const manifest = {
  name: "@heptad/network-test",
  version: "0.0.0",
  peerDependencies: { "@heptad/common": "^0.1.0", "@heptad/network": "^0.1.0" }
}

const Common = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

class Early extends Context.Service<Early, { readonly answer: Effect.Success<ReturnType<typeof request>> }>()(
  "@heptad/network-test/Early"
) {}

/** More than the buffers of both ends of a connection hold. */
const large = 32 * 1024 * 1024

/** Adds routes, and asks the server while the boot is still going on. */
const Routes = Plugin.make({
  manifest,
  contract: Contract.make({ name: "routes", manifest, services: [Early] }),
  requires: [NetworkContract],
  config: Schema.Struct({}),
  layer: () =>
    Layer.effect(
      Early,
      Effect.gen(function*() {
        const router = yield* HttpRouter.HttpRouter
        yield* router.add("GET", "/hello", Response.text("hello"))
        yield* router.add("GET", "/slow", Effect.as(Effect.sleep("30 millis"), Response.text("slow")))
        yield* router.add("GET", "/never", Effect.never)
        yield* router.add("GET", "/large", Response.uint8Array(new Uint8Array(large)))
        return { answer: yield* request("/hello") }
      })
    )
})

const timing = (budget: Duration.Duration): Settings.Timing => ({
  ...Settings.empty.timing,
  drain: { accept: budget, requests: budget, jobs: budget },
  close: budget
})

const app = (network: Readonly<Record<string, unknown>> = {}) =>
  Kernel.layer([Common, NetworkPlugin, Routes]).pipe(
    Layer.provide(settings({ network: { tcp: { port: 0 }, ...network } }, { timing: timing(Duration.seconds(2)) }))
  )

/** The reasons for which an app did not start. */
const refusal = (network: Readonly<Record<string, unknown>>) =>
  Effect.map(Effect.flip(Effect.scoped(Layer.build(app(network)))), (error) => {
    assert.instanceOf(error, KernelError)
    return { message: error.message, exitCode: Runtime.getErrorExitCode(error) }
  })

interface Run {
  readonly served: number
  /** Said by the last answer. */
  readonly connection: string | undefined
  readonly error: string | undefined
}

/** One connection that sends request after request until an answer closes it. */
const loop = (port: number, path: string, onServed: (served: number) => void = () => {}) =>
  Effect.callback<Run>((resume) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    let served = 0
    const end = (connection: string | undefined, error: string | undefined) => {
      agent.destroy()
      resume(Effect.succeed({ served, connection, error }))
    }
    const next = () => {
      http.get({ agent, host: "127.0.0.1", port, path }, (response) => {
        response.resume()
        response.on("end", () => {
          onServed(++served)
          if (response.statusCode !== 200) end(undefined, `status ${response.statusCode}`)
          else if (response.headers.connection === "close") end("close", undefined)
          else setImmediate(next)
        })
      }).on("error", (error) => end(undefined, error.message))
    }
    next()
  })

describe("lifecycle", () => {
  it.live("answers 503 until every plugin has started, then serves", () =>
    Effect.gen(function*() {
      const { answer } = yield* Early
      assert.strictEqual(answer.status, 503)
      assert.strictEqual(answer.headers["retry-after"], "1")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:network.not_started",
        title: "Service unavailable",
        status: 503,
        detail: "The server is still starting. Try again in a second.",
        instance: "/hello",
        code: "network.not_started",
        number: -660,
        plugin: "network",
        trace_id: "<trace>"
      })
      assert.deepInclude(yield* request("/hello"), { status: 200, body: "hello" })
    }).pipe(Effect.provide(app())))

  it.live("stopping under load fails no request of a client that reuses its connection", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app(), scope)
      const { port } = Context.get(context, Network).address
      const paths = Array.from({ length: 20 }, (_, index) => index % 2 === 0 ? "/hello" : "/slow")
      const busy = yield* Deferred.make<void>()
      let warm = 0
      const count = (served: number) => {
        if (served === 2 && ++warm === paths.length) Deferred.doneUnsafe(busy, Effect.void)
      }
      const clients = yield* Effect.forkChild(
        Effect.forEach(paths, (path) => loop(port, path, count), { concurrency: "unbounded" })
      )
      yield* Deferred.await(busy)
      yield* Scope.close(scope, Exit.void)
      const runs = yield* Effect.timeout(Fiber.join(clients), "1 second")
      assert.deepStrictEqual(
        runs.map(({ connection, error }) => [connection, error]),
        paths.map(() => ["close", undefined])
      )
    }))

  it.live("clients whose connections wait to be accepted when the stop begins are served", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app(), scope)
      const { port } = Context.get(context, Network).address
      const clients = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 300 }), () => loop(port, "/hello"), { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      yield* Scope.close(scope, Exit.void)
      const runs = yield* Effect.timeout(Fiber.join(clients), "1 second")
      assert.deepStrictEqual(runs.filter(({ connection }) => connection !== "close"), [])
    }))

  it.live("a client that takes a large answer slowly gets all of it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app(), scope)
      const { port } = Context.get(context, Network).address
      const begun = yield* Deferred.make<http.IncomingMessage>()
      http.get({ host: "127.0.0.1", port, path: "/large", agent: false }, (response) => {
        Deferred.doneUnsafe(begun, Effect.succeed(response))
      })
      const response = yield* Deferred.await(begun)
      const stop = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      // Longer than idle connections are spared.
      yield* Effect.sleep("700 millis")
      const received = yield* Effect.promise(async () => {
        let bytes = 0
        for await (const chunk of response) bytes += Buffer.from(chunk).length
        return bytes
      })
      yield* Fiber.join(stop)
      assert.strictEqual(received, large)
    }))

  it.live("an idle connection does not hold up the stop, and the port is free afterwards", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app(), scope)
      const { port } = Context.get(context, Network).address
      const closed = yield* Effect.forkChild(Effect.callback<void>((resume) => {
        net.connect(port, "127.0.0.1").on("close", () => resume(Effect.void)).on("error", () => {}).resume()
      }))
      yield* Effect.sleep("20 millis")
      yield* Effect.timeout(Scope.close(scope, Exit.void), "1500 millis")
      assert.isDefined(closed.pollUnsafe())
      yield* Effect.scoped(Layer.build(app({ tcp: { port } })))
    }))

  it.live("what outlives the drain budget is cut and counted", () =>
    Effect.gen(function*() {
      const cut = Metric.counter("network_requests_cut_total", {
        description: "Requests cut off by the stop",
        incremental: true
      })
      const before = yield* Metric.value(cut)
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        Kernel.layer([Common, NetworkPlugin, Routes]).pipe(Layer.provide(
          settings({ network: { tcp: { port: 0 } } }, { timing: timing(Duration.millis(600)) })
        )),
        scope
      )
      const pending = yield* Effect.forkChild(Effect.provideContext(request("/never"), context))
      yield* Effect.sleep("50 millis")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Metric.value(cut)).count - before.count, 1)
      const answer = yield* Effect.timeout(Fiber.join(pending), "1 second")
      assert.strictEqual(answer.status, 503)
      assert.deepInclude(answer.body, { detail: "The server is stopping. Send this again." })
    }))

  it.live("a taken port says who wants it and how to change it", () =>
    Effect.gen(function*() {
      const other = yield* Effect.acquireRelease(
        Effect.callback<net.Server>((resume) => {
          const server = net.createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const address = other.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      assert.deepStrictEqual(yield* refusal({ tcp: { port } }), {
        message: `- "network" did not start: network wants port ${port} on 127.0.0.1, but another process listens ` +
          "there. Stop that process, or choose a free port by network.tcp.port (environment NETWORK_PORT); " +
          "0 lets the system choose.",
        exitCode: 69
      })
    }).pipe(Effect.scoped))

  it.live("an address of another machine cannot be bound", () =>
    Effect.gen(function*() {
      const { exitCode, message } = yield* refusal({ tcp: { port: 0, bind_address: "192.0.2.1" } })
      assert.strictEqual(exitCode, 69)
      assert.include(message, "network cannot listen on 192.0.2.1:0 (EADDRNOTAVAIL)")
    }))

  it.live("without a secret that it may generate it does not start", () =>
    Effect.gen(function*() {
      const { exitCode, message } = yield* refusal({ tcp: { port: 0 }, auth: { jwt: { generate_secret: false } } })
      assert.strictEqual(exitCode, 78)
      assert.include(message, "network.auth.jwt.secret is not set and network.auth.jwt.generate_secret is false")
    }))

  it.live("a short secret is a fault of the settings that does not show it", () =>
    Effect.gen(function*() {
      const { exitCode, message } = yield* refusal({ auth: { jwt: { secret: "hunter2" } } })
      assert.strictEqual(exitCode, 78)
      assert.strictEqual(
        message,
        "- settings: network.auth.jwt.secret: expected a secret of at least 32 bytes"
      )
    }))
})
