/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { changingSettings, layerMemory } from "@heptad/common/testing"
import { Contract, Kernel, type LiveSettings, Plugin } from "@heptad/kernel"
import { Network, NetworkContract, TokenIssuer, TokenVerifier } from "@heptad/network"
import networkManifest from "@heptad/network/package.json" with { type: "json" }
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import { converse, parse, request } from "./support.ts"

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

const manifest = {
  name: "@test/pages",
  version: "1.0.0",
  peerDependencies: { [networkManifest.name]: `^${networkManifest.version}` }
}

const Pages = Plugin.make({
  manifest,
  contract: Contract.make({ name: "pages", manifest, services: [] }),
  requires: [NetworkContract],
  config: Schema.Struct({}),
  layer: () =>
    Layer.mergeAll(
      HttpRouter.add("GET", "/hello", Response.text("hello")),
      HttpRouter.add(
        "POST",
        "/length",
        (request: HttpServerRequest.HttpServerRequest) =>
          Effect.orDie(Effect.map(request.text, (text) => Response.text(String(text.length))))
      )
    )
})

interface Section {
  readonly tcp?: Readonly<Record<string, unknown>>
  readonly http?: Readonly<Record<string, unknown>>
  readonly auth?: Readonly<Record<string, unknown>>
}

type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

const running = <A, E, R>(first: Section, test: (change: Change) => Effect.Effect<A, E, R>) => {
  const sections = ({ tcp, ...rest }: Section) => ({ network: { tcp: { port: 0, ...tcp }, ...rest } })
  const settings = changingSettings(sections(first))
  return test((next) => settings.change(sections(next))).pipe(
    Effect.provide(Kernel.layer([Common, NetworkPlugin, Pages]).pipe(Layer.provide(settings.layer)))
  )
}

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

it.live("network.tcp.write_timeout: the next connection that stands still is closed after the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      yield* change({ tcp: { write_timeout: "100ms" } })
      yield* closed(yield* silent)
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
    ["network.auth.jwt.issuer", { issuer: "another" }, "claims"],
    ["network.auth.jwt.audience", { audience: "another" }, "claims"],
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
