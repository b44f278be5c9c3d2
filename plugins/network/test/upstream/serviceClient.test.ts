/** The client as plugins and operators meet it. */
import { assert, describe, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Operations } from "@heptad/kernel"
import { Network, ServiceClient, UpstreamCaUnusable } from "@heptad/network"
import { layerServiceClient, layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { fileURLToPath } from "node:url"
import { request, stable } from "../support.ts"
import { order } from "./example.ts"
import { ask, causeOf, inTime, nobody, type Peer, peer } from "./peers.ts"

const orders = ServiceClient.use((client) => client.upstream("orders"))

/** What two peers are told about, for as long as the test runs. */
const served = <A, E>(
  peers: ReadonlyArray<Pick<Peer, "url">>,
  test: Effect.Effect<A, E, ServiceClient | Operations | HealthRegistry>,
  more: object = {}
) => Effect.provide(test, layerServiceClient({ orders: { endpoints: peers.map(({ url }) => url), ...more } }))

const ok = peer((_, response) => response.end("ok"))

const Api = HttpApi.make("orders").add(
  HttpApiGroup.make("orders").add(
    HttpApiEndpoint.get("find", "/orders/:id", {
      params: { id: Schema.String },
      success: Schema.Struct({ id: Schema.String })
    })
  )
)

/** A server that asks the upstream for each request, and does not expect that to fail. */
const through = (upstreams: Parameters<typeof layerServiceClient>[0]) =>
  HttpRouter.use(Effect.fnUntraced(function*(router) {
    const client = yield* orders
    yield* router.add("GET", "/through", Effect.as(Effect.orDie(client.get("/")), Response.text("done")))
  })).pipe(Layer.provideMerge(layerTest({ settings: { http: { access_log: false }, upstreams } })))

describe("ServiceClient", () => {
  it.live("tells which upstreams there are when it does not know one", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ServiceClient.use((client) => client.upstream("order")))
      assert.strictEqual(
        error.message,
        `No upstream is called "order". Known: invoices, orders. Add it below network.upstreams, or correct the name.`
      )
    }).pipe(
      Effect.provide(layerServiceClient({ orders: { endpoints: ["http://a"] }, invoices: { endpoints: ["http://b"] } }))
    ))

  it.live("gives derived clients every policy", () =>
    Effect.gen(function*() {
      const made = yield* peer((request, response, count) => {
        response.writeHead(count === 1 ? 503 : 200, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: request.url }))
      })
      const find = Effect.flatMap(
        orders,
        (httpClient) =>
          Effect.flatMap(
            HttpApiClient.makeWith(Api, { httpClient }),
            (client) => client.orders.find({ params: { id: "17" } })
          )
      )
      assert.deepStrictEqual(yield* served([made], find), { id: "/orders/17" })
      assert.lengthOf(made.seen, 2)
    }))

  it.live("puts the path of an endpoint before that of a request", () =>
    Effect.gen(function*() {
      const made = yield* ok
      const get = Effect.flatMap(orders, (client) => client.get("/orders/1", { urlParams: { full: "yes" } }))
      yield* served([{ url: `${made.url}/v2/` }], get)
      assert.strictEqual(made.seen[0]?.url, "/v2/orders/1?full=yes")
    }))

  it.live.each(["http://evil.example.com/", "//evil.example.com/", "FILE:///etc/passwd"])(
    "does not go to %s: the settings say where an upstream is",
    (url) =>
      Effect.gen(function*() {
        const made = yield* ok
        const error = yield* Effect.flip(served([made], Effect.flatMap(orders, (client) => client.get(url))))
        assert.include(error.message, "an upstream is asked by a path such as /orders/1; its settings say where it is")
        assert.lengthOf(made.seen, 0)
      })
  )

  it.live("hands on whose request it is: id, trace, and with ip_hash the client's address", () =>
    Effect.gen(function*() {
      const peers = yield* Effect.all([ok, ok, ok])
      const upstreams = {
        orders: { endpoints: peers.map(({ url }) => url), load_balancing: { strategy: "ip_hash" } }
      } as const
      yield* Effect.gen(function*() {
        const { port } = (yield* Network).address
        const from = (localAddress: string) =>
          Effect.callback<number | undefined>((resume) => {
            http.get({ port, host: "127.0.0.1", localAddress, path: "/through", agent: false }, (response) => {
              response.resume()
              resume(Effect.succeed(response.statusCode))
            })
          })
        const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        const headers = { traceparent, "x-request-id": "request-4711" }
        assert.strictEqual((yield* request("/through", { headers })).status, 200)
        const told = peers.flatMap(({ seen }) => seen)[0]?.headers
        assert.strictEqual(told?.["x-request-id"], "request-4711")
        assert.match(
          String(told?.["traceparent"]),
          /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/
        )
        const before = peers.map(({ seen }) => seen.length)
        for (let time = 0; time < 3; time++) assert.strictEqual(yield* from("127.0.0.1"), 200)
        const grown = peers.map(({ seen }, index) => seen.length - (before[index] ?? 0))
        assert.deepStrictEqual(grown.toSorted((a, b) => a - b), [0, 0, 3])
        for (let client = 1; client <= 30; client++) yield* from(`127.0.0.${client}`)
        assert.isTrue(peers.every(({ seen }) => seen.length > 0))
      }).pipe(Effect.provide(through(upstreams)))
    }))

  it.live("a failure that no handler caught is told by its code, without its address", () =>
    Effect.gen(function*() {
      const url = yield* nobody
      const answer = yield* Effect.provide(request("/through"), through({ orders: { endpoints: [url] } }))
      assert.strictEqual(answer.status, 502)
      assert.deepInclude(stable(answer), { code: "network.connection_refused", number: -601 })
      assert.notInclude(JSON.stringify(answer.body), url)
    }))

  it.live("is counted by upstream, method and status", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response, count) => response.writeHead(count === 1 ? 404 : 200).end())
      const series = Effect.map(Metric.snapshot, (all) =>
        all.flatMap(({ attributes, id, state }) =>
          id === "http_client_request_duration_seconds" && "count" in state
            ? [[attributes?.["upstream"], attributes?.["method"], attributes?.["status"], state.count]]
            : []
        ))
      const client = yield* Effect.flatMap(
        Layer.build(layerServiceClient({ orders: { endpoints: [made.url] } })),
        (context) =>
          Effect.provideContext(orders, context)
      )
      yield* ask(client)
      yield* ask(client)
      yield* client.post("/")
      assert.sameDeepMembers(yield* series, [
        ["orders", "GET", "404", 1],
        ["orders", "GET", "200", 1],
        ["orders", "POST", "200", 1]
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.live("has a span for a request, and below it one for each try", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response, count) => response.writeHead(count === 1 ? 503 : 200).end())
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const asked = Effect.withTracer(Effect.flatMap(orders, (client) => Effect.asVoid(client.get("/"))), tracer)
      yield* served([made], asked)
      const request = spans.find(({ name }) => name === "ServiceClient.request")
      assert.strictEqual(request?.attributes.get("upstream.name"), "orders")
      const tries = spans.filter(({ kind }) => kind === "client")
      assert.deepStrictEqual(tries.map(({ attributes }) => attributes.get("http.response.status_code")), [503, 200])
      assert.isTrue(tries.every(({ traceId }) => traceId === request?.traceId))
      assert.deepStrictEqual(
        made.seen.map(({ headers }) => headers["traceparent"]),
        tries.map(({ spanId, traceId }) => `00-${traceId}-${spanId}-01`)
      )
    }))

  it.live("for tests: an upstream that a client answers", () =>
    Effect.gen(function*() {
      const stub = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, new globalThis.Response("stubbed")))
      )
      const text = Effect.flatMap(orders, (client) => Effect.flatMap(client.get("http://x/"), ({ text }) => text))
      assert.strictEqual(yield* Effect.provide(text, ServiceClient.layerUpstream("orders", stub)), "stubbed")
      const unknown = ServiceClient.use((client) => client.upstream("x"))
      const error = yield* Effect.flip(Effect.provide(unknown, ServiceClient.layerUpstream("orders", stub)))
      assert.deepStrictEqual(error.known, ["orders"])
    }))
})

describe("the example of the README", () => {
  it("is this code", () => {
    const [example, readme] = ["example.ts", "../../README.md"].map((file) =>
      readFileSync(new URL(file, import.meta.url), "utf8")
    )
    assert.include(readme ?? "", `\`\`\`ts\n${example}\`\`\``)
  })

  it.live("asks for an order, and does without while the circuit is open", () =>
    Effect.gen(function*() {
      const made = yield* peer((request, response, count) => {
        response.writeHead(count === 1 ? 200 : 500, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: request.url?.slice("/orders/".length), total: 12 }))
      })
      const test = Effect.gen(function*() {
        assert.deepStrictEqual(yield* order("17"), { id: "17", total: 12 })
        yield* Effect.flip(order("17"))
        assert.isUndefined(yield* order("17"))
      })
      yield* served([made], test, { circuit_breaker: { consecutive_failures: 1 } })
    }))
})

describe("operators", () => {
  const asked = Effect.gen(function*() {
    const operation = (yield* (yield* Operations).all).get("upstreams")
    return operation === undefined ? undefined : yield* operation.run({}, { dryRun: false })
  })

  const policy = "total 30s > bulkhead 128, waiting 128 for 1s > breaker 50% of 20 in 10s or 10 in a row > " +
    "3 tries, retries 20% > try 10s > round_robin of 2"

  it.live("see circuit, load and endpoints by the operation upstreams", () =>
    Effect.gen(function*() {
      const bad = yield* peer((_, response) => response.writeHead(500).end())
      const good = yield* ok
      const outlier_ejection = { consecutive_failures: 1, ejection_time: "1h" }
      const test = Effect.gen(function*() {
        const client = yield* orders
        const endpoint = ({ url }: Peer) => ({ url, state: "usable", in_flight: 0 })
        const quiet = { circuit: "closed", in_flight: 0, waiting: 0, policy }
        assert.deepStrictEqual(yield* asked, { orders: { ...quiet, endpoints: [endpoint(bad), endpoint(good)] } })
        yield* ask(client)
        const ejected = { ...endpoint(bad), state: "ejected", returns_in_seconds: 3600 }
        const rounded: unknown = JSON.parse(JSON.stringify(yield* asked).replace(/3599\.\d+/, "3600"))
        assert.deepStrictEqual(rounded, { orders: { ...quiet, endpoints: [ejected, endpoint(good)] } })
      })
      yield* served([bad, good], test, { load_balancing: { outlier_ejection } })
    }))

  it.effect("hear by a health check when fewer than half of the endpoints are well, and the app stays ready", () =>
    Effect.gen(function*() {
      const bad = peer((_, response) => response.writeHead(500).end())
      const peers = [yield* bad, yield* bad, yield* ok]
      const health_check = { path: "/health", timeout: "1d", unhealthy_threshold: 1 }
      const test = Effect.gen(function*() {
        const health = yield* HealthRegistry
        const result = Effect.map(health.results, (all) => all.find(({ name }) => name === "upstream_orders"))
        const failed = Effect.map(result, (found) => found?.status === "fail")
        yield* Effect.repeat(Effect.andThen(inTime("5 seconds", () => true), failed), { until: (met) => met })
        assert.deepInclude(yield* result, { criticality: "degrading", reason: "1 of 3 endpoints are well" })
        assert.strictEqual(yield* health.verdict("readiness"), "warn")
      })
      yield* served(peers, test, { load_balancing: { health_check } })
    }))
})

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

describe("certificates", () => {
  const secure = Effect.acquireRelease(
    Effect.callback<https.Server>((resume) => {
      const files = {
        cert: readFileSync(fixture("localhost.cert.pem")),
        key: readFileSync(fixture("localhost.key.pem"))
      }
      const server = https.createServer(files, (_, response) => response.end("secret"))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => {
    const address = server.address()
    return `https://localhost:${typeof address === "object" && address !== null ? address.port : 0}`
  }))

  it.live("are checked against the authorities of the settings", () =>
    Effect.gen(function*() {
      const url = yield* secure
      const get = Effect.flatMap(orders, (client) => Effect.flatMap(client.get("/"), ({ text }) => text))
      const trusted = { tls: { ca_file: fixture("localhost.cert.pem") } }
      assert.strictEqual(yield* served([{ url }], get, trusted), "secret")
      const error = yield* served([{ url }], Effect.flatMap(orders, (client) => Effect.flip(client.get("/"))))
      assert.strictEqual(causeOf(error).fault, "no_connection")
      assert.match(
        causeOf(error).message,
        /\((DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT\w*)\)/
      )
    }))

  it.live.each([
    { ca_file: "/nowhere/ca.pem", problem: /: ENOENT: no such file/ },
    { ca_file: fixture("localhost.key.pem"), problem: /: it holds no certificate\. Name a readable PEM file/ }
  ])("that cannot be read stop the start: $ca_file", ({ ca_file, problem }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(served([{ url: "https://localhost" }], orders, { tls: { ca_file } }))
      assert.instanceOf(error, UpstreamCaUnusable)
      assert.match(error.message, problem)
    }))
})
