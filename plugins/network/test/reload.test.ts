/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { Pressure } from "@heptad/common"
import type { LiveSettings } from "@heptad/kernel"
import { DecisionLog, Network, ServiceClient, TokenIssuer, TokenVerifier, UpstreamCall } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { fileURLToPath } from "node:url"
import { running, type Section } from "./running.ts"
import { converse, parse, request, until } from "./support.ts"
import { ask, type Peer, peer } from "./upstream/peers.ts"

const post = (bytes: number) => request("/length", { method: "POST", body: "x".repeat(bytes) })

const chunk = `64\r\n${"x".repeat(100)}\r\n`

/** 200 bytes without a Content-Length, so that they are counted while they arrive. */
const postChunked = Effect.map(
  converse(
    "POST /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
    chunk,
    `${chunk}0\r\n\r\n`
  ),
  parse
)

const statuses = Effect.map(Effect.all([post(200), postChunked]), (answers) => answers.map(({ status }) => status))

it.live("network.http.max_request_size: the next body is held against the new limit, lower or higher", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* statuses, [200, 200])
      yield* change({ http: { max_request_size: "150B" } })
      assert.deepStrictEqual(yield* statuses, [413, 413])
      assert.include(JSON.stringify((yield* post(200)).body), "larger than 150 bytes")
      yield* change({ http: { max_request_size: "1KB" } })
      assert.deepStrictEqual(yield* statuses, [200, 200])
    })))

it.live("network.http.max_uri_length: the next URI is held against the new limit", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const status = Effect.map(request(`/hello?${"x".repeat(100)}`), (answer) => answer.status)
      assert.strictEqual(yield* status, 200)
      yield* change({ http: { max_uri_length: "50B" } })
      assert.strictEqual(yield* status, 414)
    })))

const nested = (depth: number) =>
  request("/length", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "[".repeat(depth) + "]".repeat(depth)
  })

it.live("network.http.max_json_depth: the next body is held against the new limit", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* nested(10)).status, 200)
      yield* change({ http: { max_json_depth: 9 } })
      assert.strictEqual((yield* nested(10)).status, 400)
    })))

it.live("network.http.handler_timeout: also a handler that runs already is held against the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const answer = yield* Effect.forkChild(request("/never"), { startImmediately: true })
      yield* change({ http: { handler_timeout: "100ms" } })
      assert.strictEqual((yield* Fiber.join(answer)).status, 503)
    })))

const limits = { enabled: true, requests_per_second: 1, burst: 1 }

/** The statuses of so many requests, one after the other. */
const asked = (times: number, headers: Readonly<Record<string, string>> = {}) =>
  Effect.forEach(
    Array.from({ length: times }),
    () => Effect.map(request("/hello", { headers }), ({ status }) => status)
  )

it.live("network.rate_limit.enabled: the next request is held against the limit, or not any more", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* asked(3), [200, 200, 200])
      yield* change({ rate_limit: limits })
      assert.deepStrictEqual(yield* asked(3), [200, 429, 429])
      yield* change({ rate_limit: { ...limits, enabled: false } })
      assert.deepStrictEqual(yield* asked(3), [200, 200, 200])
    })))

for (
  const [key, more, expected] of [
    ["network.rate_limit.burst", { burst: 3 }, [200, 200, 429]],
    ["network.rate_limit.requests_per_second", { requests_per_second: 1_000_000 }, [200, 200, 200]],
    ["network.rate_limit.strategy", { strategy: "leaky_bucket" }, [200, 429, 429]],
    ["network.rate_limit.key", { key: ["route"] }, [200, 429, 429]],
    [
      "network.rate_limit.routes",
      { routes: [{ route: "/hello", requests_per_second: 1, burst: 2 }] },
      [200, 200, 429]
    ],
    ["network.rate_limit.max_keys", { max_keys: 10 }, [200, 429, 429]],
    ["network.rate_limit.exempt", { exempt: ["127.0.0.1"] }, [200, 200, 200]]
  ] as const
) {
  it.live(`${key}: the next request is held against the new limit`, () =>
    running({ rate_limit: limits }, (change) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* asked(2), [200, 429])
        yield* change({ rate_limit: { ...limits, ...more } })
        assert.deepStrictEqual(yield* asked(3), [...expected])
      })))
}

it.live("network.rate_limit.headers: the next answer does not tell any more what is left", () =>
  running({ rate_limit: { ...limits, burst: 10 } }, (change) =>
    Effect.gen(function*() {
      const told = Effect.map(request("/hello"), ({ headers }) => headers["ratelimit-policy"])
      assert.strictEqual(yield* told, `"default";q=10;w=10`)
      yield* change({ rate_limit: { ...limits, burst: 10, headers: false } })
      assert.isUndefined(yield* told)
    })))

it.live("network.proxies.trusted: the next request is its client's", () =>
  running({ rate_limit: limits }, (change) =>
    Effect.gen(function*() {
      const from = (client: string) => asked(1, { "x-forwarded-for": client })
      assert.deepStrictEqual([yield* from("203.0.113.1"), yield* from("203.0.113.2")], [[200], [429]])
      yield* change({ rate_limit: limits, proxies: { trusted: ["127.0.0.1"] } })
      assert.deepStrictEqual([yield* from("203.0.113.1"), yield* from("203.0.113.2")], [[200], [200]])
    })))

it.live("network.proxies.headers: the next request is told by the other fields", () =>
  running({ rate_limit: limits, proxies: { trusted: ["127.0.0.1"] } }, (change) =>
    Effect.gen(function*() {
      const both = (client: string, other: string) => asked(1, { "x-forwarded-for": client, forwarded: `for=${other}` })
      assert.deepStrictEqual(yield* both("203.0.113.1", "203.0.113.9"), [200])
      yield* change({ rate_limit: limits, proxies: { trusted: ["127.0.0.1"], headers: "forwarded" } })
      assert.deepStrictEqual([yield* both("203.0.113.1", "203.0.113.2"), yield* both("203.0.113.3", "203.0.113.1")], [
        [200],
        [429]
      ])
    })))

const post1 = Effect.map(post(1), ({ status }) => status)

it.live("network.overload.enabled: the next request is let in whatever presses", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const set = yield* (yield* Pressure).gauge("jobs")
      set(true)
      assert.strictEqual(yield* post1, 503)
      yield* change({ overload: { enabled: false } })
      assert.strictEqual(yield* post1, 200)
    }).pipe(Effect.scoped)))

for (
  const [key, value] of [
    ["network.overload.max_event_loop_delay", "10ms"],
    ["network.overload.max_event_loop_utilization", "1%"]
  ] as const
) {
  it.live(
    `${key}: the next samples are held against the new limit`,
    () =>
      running({ overload: { max_event_loop_delay: "1m" } }, (change) =>
        Effect.gen(function*() {
          let busy = true
          const block = (): void => {
            const end = performance.now() + 120
            while (performance.now() < end);
            if (busy) setImmediate(block)
          }
          block()
          assert.strictEqual(yield* post1, 200)
          yield* change({ overload: { max_event_loop_delay: "1m", [key.slice("network.overload.".length)]: value } })
          yield* Effect.repeat(post1, { until: (status) => status === 503 })
          busy = false
        })),
    60_000
  )
}

it.live("network.http.access_log: the next answer is not told any more", () => {
  const told: Array<string> = []
  const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
  const lines = Effect.andThen(
    request("/hello"),
    Effect.sync(() => told.filter((line) => line === "request").length)
  )
  return running({}, (change) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* lines, 1)
      yield* change({ http: { access_log: false } })
      assert.strictEqual(yield* lines, 1)
    })).pipe(Effect.provide(journal))
})

/** A connection that says nothing; whether the server has closed it, and a wait for that. */
const silent = Effect.gen(function*() {
  const { address } = yield* Network
  return yield* Effect.acquireRelease(
    Effect.callback<net.Socket>((resume) => {
      const socket = net.connect(address.port, address.host, () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
      socket.resume()
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
})

const closed = (socket: net.Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
  })

for (const key of ["network.tcp.max_connections", "network.tcp.max_connections_per_ip"] as const) {
  it.live(`${key}: the next connection above the new limit is closed, one that is open stays`, () =>
    running({}, (change) =>
      Effect.gen(function*() {
        const first = yield* silent
        assert.strictEqual((yield* request("/hello", { headers: { connection: "close" } })).status, 200)
        yield* change({ tcp: { [key.slice("network.tcp.".length)]: 1 } })
        yield* closed(yield* silent)
        assert.isFalse(first.closed)
      }).pipe(Effect.scoped)))
}

it.live("network.tcp.keepalive_timeout: the next answer promises the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const promised = Effect.map(request("/hello"), ({ headers }) => headers["keep-alive"])
      assert.strictEqual(yield* promised, "timeout=120")
      yield* change({ tcp: { keepalive_timeout: "7s" } })
      assert.strictEqual(yield* promised, "timeout=7")
    })))

it.live("network.tcp.read_timeout: also a request that is arriving is held against the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const answer = yield* Effect.forkChild(
        converse("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"),
        { startImmediately: true }
      )
      yield* change({ tcp: { read_timeout: "200ms" } })
      assert.strictEqual(parse(yield* Fiber.join(answer)).status, 408)
    })))

const openConnections = Effect.map(Metric.snapshot, (series) => {
  const gauge = series.find(({ id }) => id === "network_connections_active")
  return gauge?.type === "Gauge" ? Number(gauge.state.value) : 0
})

it.live("network.tcp.write_timeout: a client that takes no answer already is held against the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const reader = yield* silent
      reader.pause()
      reader.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      yield* until(Effect.map(openConnections, (connections) => connections === 1))
      yield* change({ tcp: { write_timeout: "100ms" } })
      yield* until(Effect.map(openConnections, (connections) => connections === 0))
    }).pipe(Effect.scoped)))

const token = TokenIssuer.use(({ issue }) => issue({ sub: "alice", roles: ["clerk"] }))

/** The subject and its roles, or why the token was refused. */
const verified = (text: Effect.Success<typeof token>) =>
  TokenVerifier.use(({ verify }) => verify(text)).pipe(
    Effect.match({
      onFailure: ({ fault }): unknown => fault,
      onSuccess: ({ roles, subject }): unknown => [subject, ...roles]
    })
  )

for (
  const [key, jwt, fault] of [
    ["network.auth.jwt.issuer", { issuer: "another" }, "issuer"],
    ["network.auth.jwt.audience", { audience: "another" }, "audience"],
    ["network.auth.jwt.max_token_size", { max_token_size: "10B" }, "too_large"]
  ] as const
) {
  it.live(`${key}: the next token is held against it`, () =>
    running({}, (change) =>
      Effect.gen(function*() {
        const text = yield* token
        assert.deepStrictEqual(yield* verified(text), ["alice"])
        yield* change({ auth: { jwt } })
        assert.strictEqual(yield* verified(text), fault)
      })))
}

it.live("network.auth.jwt.leeway: a token that has just expired is good again", () =>
  running({ auth: { jwt: { leeway: "0s" } } }, (change) =>
    Effect.gen(function*() {
      const text = yield* TokenIssuer.use(({ issue }) => issue({ sub: "alice", ttl: "0 seconds" }))
      assert.strictEqual(yield* verified(text), "expired")
      yield* change({ auth: { jwt: { leeway: "1m" } } })
      assert.deepStrictEqual(yield* verified(text), ["alice"])
    })))

it.live("network.auth.jwt.ttl: the next token is good for the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const seconds = Effect.gen(function*() {
        const { claims } = yield* (yield* TokenVerifier).verify(yield* token)
        return Number(claims["exp"]) - Number(claims["iat"])
      })
      assert.strictEqual(yield* seconds, 3600)
      yield* change({ auth: { jwt: { ttl: "2h" } } })
      assert.strictEqual(yield* seconds, 7200)
    })))

it.live("network.auth.roles_from_token: roles of the next token are believed", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const text = yield* token
      assert.deepStrictEqual(yield* verified(text), ["alice"])
      yield* change({ auth: { roles_from_token: true } })
      assert.deepStrictEqual(yield* verified(text), ["alice", "clerk"])
    })))

/** How many tokens were verified by their signature. */
const signatures = Effect.map(
  Metric.snapshot,
  (series) =>
    series.filter(({ attributes, id }) => id === "auth_tokens_accepted_total" && attributes?.["from"] === "signature")
      .reduce((sum, { state }) => sum + ("count" in state ? Number(state.count) : 0), 0)
)

it.live("network.auth.jwt.verified_tokens: the next token is not remembered any more", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const text = yield* token
      const cost = Effect.gen(function*() {
        const before = yield* signatures
        yield* Effect.all([verified(text), verified(text), verified(text)])
        return (yield* signatures) - before
      })
      assert.strictEqual(yield* cost, 1)
      yield* change({ auth: { jwt: { verified_tokens: 0 } } })
      assert.strictEqual(yield* cost, 3)
    })))

const apiKey = { id: "a", hash: `sha256:${createHash("sha256").update("hk_a").digest("hex")}`, subject: "reports" }

const who = (headers: Readonly<Record<string, string>>) => Effect.map(request("/who", { headers }), ({ body }) => body)

it.live("network.auth.api_keys.header: the next key is looked for in the new header", () =>
  running({ auth: { api_keys: { keys: [apiKey] } } }, (change) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* who({ "x-api-key": "hk_a" }), "api_key reports")
      yield* change({ auth: { api_keys: { keys: [apiKey], header: "X-Other" } } })
      assert.strictEqual(yield* who({ "x-api-key": "hk_a" }), "missing")
      assert.strictEqual(yield* who({ "x-other": "hk_a" }), "api_key reports")
    })))

it.live("network.auth.api_keys.keys: a key counts, and stops to count, from the next request on", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* who({ "x-api-key": "hk_a" }), "missing")
      yield* change({ auth: { api_keys: { keys: [apiKey] } } })
      assert.strictEqual(yield* who({ "x-api-key": "hk_a" }), "api_key reports")
      yield* change({ auth: { api_keys: { keys: [{ ...apiKey, hash: `sha256:${"0".repeat(64)}` }] } } })
      assert.strictEqual(yield* who({ "x-api-key": "hk_a" }), "api_key_unknown")
    })))

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const certified = (mtls: Readonly<Record<string, unknown>>): Section => ({
  tls: {
    enabled: true,
    verify_client: true,
    cert_file: fixture("localhost.cert.pem"),
    key_file: fixture("localhost.key.pem"),
    ca_file: fixture("client.cert.pem")
  },
  auth: { mtls }
})

/** Who a client with a certificate is. */
const bearerOfCertificate = Effect.gen(function*() {
  const { port } = (yield* Network).address
  const ca = readFileSync(fixture("localhost.cert.pem"))
  const [cert, key] = [readFileSync(fixture("client.cert.pem")), readFileSync(fixture("client.key.pem"))]
  return yield* Effect.callback<string, Error>((resume) => {
    https.get({ host: "127.0.0.1", port, path: "/who", ca, cert, key, agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (text) => resume(Effect.succeed(String(text))))
    }).on("error", (error) => resume(Effect.fail(error)))
  })
})

for (
  const [key, before, after, told] of [
    ["network.auth.mtls.enabled", {}, { enabled: true }, ["missing", "mtls billing"]],
    [
      "network.auth.mtls.subject",
      { enabled: true },
      { enabled: true, subject: "email" },
      ["mtls billing", "mtls billing@example.org"]
    ],
    [
      "network.auth.mtls.subjects",
      { enabled: true },
      { enabled: true, subjects: { billing: "accounting" } },
      ["mtls billing", "mtls accounting"]
    ]
  ] as const
) {
  it.live(`${key}: the next request with a certificate is held against it`, () =>
    running(certified(before), (change) =>
      Effect.gen(function*() {
        const first = yield* bearerOfCertificate
        yield* change(certified(after))
        assert.deepStrictEqual([first, yield* bearerOfCertificate], [...told])
      })))
}

it.live("network.auth.log_grants: the next grant is told", () => {
  const told: Array<string> = []
  const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
  const principal = { subject: "alice", roles: [], method: "jwt", claims: {} } as const
  const lines = DecisionLog.use(({ record }) =>
    record({ principal, permission: "orders:read", outcome: "granted", reason: "a role has it" })
  ).pipe(Effect.andThen(Effect.sync(() => told.filter((line) => line === "authorization").length)))
  return running({}, (change) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* lines, 0)
      yield* change({ auth: { log_grants: true } })
      assert.strictEqual(yield* lines, 1)
    })).pipe(Effect.provide(journal))
})

const orders = ServiceClient.use((client) => client.upstream("orders"))

it.live("network.upstreams: the next request goes by the new settings, one under way ends as it began", () =>
  Effect.gen(function*() {
    const held: Array<http.ServerResponse> = []
    const old = yield* peer((_, response) => held.push(response))
    const next = yield* peer((_, response) => response.end())
    const at = ({ url }: Pick<Peer, "url">) => ({ orders: { endpoints: [url] } })
    yield* running({ upstreams: at(old) }, (change) =>
      Effect.gen(function*() {
        const client = yield* orders
        const begun = yield* Effect.forkChild(ask(client))
        yield* until(Effect.sync(() => held.length === 1))
        yield* change({ upstreams: at(next) })
        assert.deepStrictEqual([yield* ask(client), next.seen.length], [200, 1])
        held[0]?.end()
        assert.strictEqual(yield* Fiber.join(begun), 200)
        yield* until(Effect.sync(() => old.sockets.size === 0))
        yield* change({})
        assert.strictEqual(yield* ask(client), "removed")
        assert.strictEqual((yield* Effect.flip(orders))._tag, "UpstreamUnknown")
        const unreadable = { ...at(next).orders, tls: { ca_file: "/nowhere/ca.pem" } }
        yield* change({ upstreams: at(next) })
        yield* change({ upstreams: { orders: unreadable } })
        assert.strictEqual(yield* ask(client), 200)
      }))
  }).pipe(Effect.scoped))

/** Two endpoints, one of which answers its health check as the test says; `shares` is who gets four requests. */
const pair = Effect.gen(function*() {
  const mood: { health: number | "silence" } = { health: 200 }
  const probes: Array<string> = []
  const requests: Array<string> = []
  const made = (name: string) =>
    peer((request, response) => {
      const probe = request.url === "/health"
      if (probe) probes.push(name)
      else requests.push(name)
      const status = probe && name === "moody" ? mood.health : 200
      if (status !== "silence") response.writeHead(status).end()
    })
  const endpoints = [(yield* made("moody")).url, (yield* made("calm")).url]
  const section = (load_balancing: Section["load_balancing"] = {}): Section => ({
    load_balancing,
    upstreams: { orders: { endpoints, load_balancing: { health_check: { path: "/health" } } } }
  })
  const shares = Effect.gen(function*() {
    const client = yield* orders
    requests.length = 0
    for (let time = 0; time < 4; time++) yield* ask(client)
    return requests.toSorted().join(" ")
  })
  const becomes = (expected: string) => until(Effect.map(shares, (found) => found === expected))
  return { becomes, mood, probes, section, shares }
})

const both = "calm calm moody moody"
const one = "calm calm calm calm"

type Pair = Effect.Success<typeof pair>

const changing = <E, R>(
  first: Section["load_balancing"],
  next: Section["load_balancing"],
  test: (made: Pair, change: Effect.Effect<unknown, unknown, LiveSettings>) => Effect.Effect<void, E, R>
) =>
  Effect.flatMap(
    pair,
    (made) => running(made.section(first), (change) => test(made, change(made.section(next))))
  ).pipe(Effect.scoped)

const check = (health_check: Readonly<Record<string, unknown>>) => ({
  health_check: { interval: "20ms", ...health_check }
})

it.live("network.load_balancing.strategy: the next requests are spread by it", () =>
  changing(
    {},
    { strategy: "ip_hash" },
    ({ shares }, change) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* shares, both)
        yield* change
        const keyed = yield* Effect.provideService(shares, UpstreamCall, { hashKey: "customer-17" })
        assert.include([one, "moody moody moody moody"], keyed)
      })
  ))

it.live("network.load_balancing.health_check.enabled: the endpoints are asked from now on", () =>
  changing(
    check({ enabled: false }),
    check({ enabled: true }),
    ({ probes, shares }, change) =>
      Effect.gen(function*() {
        yield* shares
        assert.lengthOf(probes, 0)
        yield* change
        yield* until(Effect.sync(() => probes.length > 4))
      })
  ))

it.live("network.load_balancing.health_check.interval: they are asked as often as it says now", () =>
  changing(
    check({ interval: "1h" }),
    check({ interval: "20ms" }),
    ({ probes }, change) =>
      Effect.gen(function*() {
        yield* until(Effect.sync(() => probes.length === 2))
        yield* change
        yield* until(Effect.sync(() => probes.length > 12))
      })
  ))

it.live("network.load_balancing.health_check.timeout: an endpoint that does not answer in the new time gets no requests", () =>
  changing(
    check({ timeout: "1h", unhealthy_threshold: 1 }),
    check({ timeout: "100ms", unhealthy_threshold: 1 }),
    ({ becomes, mood, probes, shares }, change) =>
      Effect.gen(function*() {
        mood.health = "silence"
        yield* until(Effect.sync(() => probes.filter((name) => name === "calm").length > 20))
        assert.strictEqual(yield* shares, both)
        yield* change
        yield* becomes(one)
      })
  ))

it.live("network.load_balancing.health_check.unhealthy_threshold: an endpoint that fails so often gets no requests", () =>
  changing(
    check({ unhealthy_threshold: 1000 }),
    check({ unhealthy_threshold: 2 }),
    ({ becomes, mood, probes, shares }, change) =>
      Effect.gen(function*() {
        mood.health = 500
        yield* until(Effect.sync(() => probes.length > 10))
        assert.strictEqual(yield* shares, both)
        yield* change
        yield* becomes(one)
      })
  ))

it.live("network.load_balancing.health_check.healthy_threshold: an endpoint that passes so often gets them again", () =>
  changing(
    check({ unhealthy_threshold: 1, healthy_threshold: 1000 }),
    check({ unhealthy_threshold: 1, healthy_threshold: 2 }),
    ({ becomes, mood, probes, shares }, change) =>
      Effect.gen(function*() {
        const failsAndPasses = Effect.gen(function*() {
          mood.health = 500
          yield* becomes(one)
          mood.health = 200
          probes.length = 0
          yield* until(Effect.sync(() => probes.length > 20))
        })
        yield* failsAndPasses
        assert.strictEqual(yield* shares, one)
        yield* change
        yield* failsAndPasses
        yield* becomes(both)
      })
  ))
