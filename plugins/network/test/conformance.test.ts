/**
 * One API on three servers: compiled endpoints, the general path of network, and Effect's own NodeHttpServer. Every call gets the
 * same answer from all of them, but for what network adds to every answer, and for its problems in place of bare refusals.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { CompiledApi, Network } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as http from "node:http"
import { isDeepStrictEqual } from "node:util"
import { Api, type Call, calls, handlers } from "./conformanceApi.ts"

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** They differ between two answers of one server. */
const passing = new Set(["date", "keep-alive", "connection", "x-request-id"])

const call = (url: string, { init, path }: Call) =>
  Effect.promise(async (): Promise<Answer> => {
    const response = await fetch(url + path, init)
    const headers = [...response.headers].filter(([name]) => !passing.has(name))
    const body = (await response.text()).replace(/"trace_id":"[0-9a-f]{32}"/, "\"trace_id\":\"<trace>\"")
    return { status: response.status, headers: Object.fromEntries(headers), body }
  })

/** Twice, because an endpoint learns from its first answer. */
const answersOf = (url: string) => Effect.forEach([...calls, ...calls], (one) => call(url, one))

const ofNetwork = (routes: typeof compiled) =>
  Effect.flatMap(Network, ({ address }) => answersOf(address.url)).pipe(
    Effect.provide(routes.pipe(Layer.provideMerge(layerTest({ settings: { http: { access_log: false } } }))))
  )

const compiled = CompiledApi.layer(Api).pipe(Layer.provide(handlers))
const general = HttpApiBuilder.layer(Api).pipe(Layer.provide(handlers))

const ofEffect = Effect.flatMap(
  HttpServer.HttpServer,
  ({ address }) =>
    address._tag === "InetAddressV4" ? answersOf(`http://127.0.0.1:${address.port}`) : Effect.die(address)
).pipe(
  Effect.provide(
    HttpRouter.serve(general, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(() => http.createServer(), { port: 0, host: "127.0.0.1" }))
    )
  )
)

/** What network says in its own words; a wrong method is 405, which Effect takes for an unknown path. */
const ownStatus = (status: number): number => status === 405 ? 404 : status

const isProblem = ({ headers }: Answer): boolean => headers["content-type"] === "application/problem+json"

const own = [
  "content-security-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "origin-agent-cluster",
  "referrer-policy",
  "x-content-type-options",
  "x-dns-prefetch-control",
  "x-download-options",
  "x-frame-options",
  "x-permitted-cross-domain-policies",
  "x-xss-protection"
]

const withoutOwn = ({ body, headers, status }: Answer): Answer => ({
  status,
  body,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)))
})

const nameOf = (index: number): string => calls[index % calls.length]?.name ?? ""

type Pair = readonly [call: string, one: Answer, other: Answer | undefined]

const pairs = (ones: ReadonlyArray<Answer>, others: ReadonlyArray<Answer>): ReadonlyArray<Pair> =>
  ones.map((one, index) => [nameOf(index), one, others[index]])

describe("conformance", () => {
  it.live("compiled endpoints answer as the general path does", () =>
    Effect.gen(function*() {
      const [fast, slow] = yield* Effect.all([ofNetwork(compiled), ofNetwork(general)])
      const different = pairs(fast, slow).filter(([, one, other]) => !isDeepStrictEqual(one, other))
      assert.deepStrictEqual(different, [])
    }), 60_000)

  it.live("both answer as Effect's own server does", () =>
    Effect.gen(function*() {
      const [fast, effect] = yield* Effect.all([ofNetwork(compiled), ofEffect])
      const same = (one: Answer, other: Answer): boolean =>
        isProblem(one) ? ownStatus(one.status) === other.status : isDeepStrictEqual(withoutOwn(one), withoutOwn(other))
      const different = pairs(fast, effect).filter(([, one, other]) => other === undefined || !same(one, other))
      assert.deepStrictEqual(different, [])
    }), 60_000)
})
