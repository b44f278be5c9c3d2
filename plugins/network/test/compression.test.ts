import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as http from "node:http"
import { fileURLToPath } from "node:url"
import * as zlib from "node:zlib"
import { server, until } from "./support.ts"

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `{"order":${index},"item":"tea","quantity":${index % 9}}`).join("\n")

const bodies = { small: lines(1), medium: lines(60), large: lines(3000) }

const text = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  Response.text(body, { contentType: "application/json", headers })

const encoder = new TextEncoder()

const stream = (contentType: string, body: Stream.Stream<string>) =>
  Response.stream(Stream.map(body, (line) => encoder.encode(line)), { contentType })

const readme = fileURLToPath(new URL("../README.md", import.meta.url))

const types = {
  html: "text/html; charset=utf-8",
  svg: "image/svg+xml",
  problem: "application/problem+json",
  upper: "Application/XML",
  png: "image/png",
  zip: "application/zip",
  pdf: "application/pdf"
}

const pages = (written: Queue.Dequeue<string>) =>
  Layer.mergeAll(
    Layer.mergeAll(
      HttpRouter.add("GET", "/small", text(bodies.small)),
      HttpRouter.add("GET", "/medium", text(bodies.medium)),
      HttpRouter.add("GET", "/long", text(bodies.large)),
      HttpRouter.add("GET", "/encoded", text(bodies.medium, { "content-encoding": "x-own" })),
      HttpRouter.add("GET", "/private", text(bodies.medium, { "content-encoding": "identity" })),
      HttpRouter.add("GET", "/sealed", text(bodies.medium, { "cache-control": "private, no-transform" })),
      HttpRouter.add("GET", "/digest", text(bodies.medium, { "content-digest": "sha-256=:x:" })),
      HttpRouter.add("GET", "/part", Response.setStatus(text(bodies.medium, { "content-range": "bytes 0-9/10" }), 206)),
      HttpRouter.add("GET", "/tagged", text(bodies.medium, { etag: `"1"`, "accept-ranges": "bytes", vary: "Accept" })),
      HttpRouter.add("GET", "/failed", Response.setStatus(text(bodies.medium), 422))
    ),
    HttpRouter.add("GET", "/unchanged", Response.empty({ status: 304, headers: { etag: `"1"` } })),
    HttpRouter.add("GET", "/nothing", Response.empty({ status: 204 })),
    HttpRouter.add("GET", "/octets", Response.uint8Array(encoder.encode(bodies.medium))),
    HttpRouter.use((router) =>
      Effect.flatMap(
        HttpPlatform.HttpPlatform,
        ({ fileResponse }) => router.add("GET", "/file", Effect.orDie(fileResponse(readme)))
      )
    ),
    HttpRouter.add("GET", "/stream", stream("application/x-ndjson", Stream.fromQueue(written))),
    HttpRouter.add("GET", "/events", stream("text/event-stream", Stream.make(bodies.medium))),
    ...Object.entries(types).map(([name, contentType]) =>
      HttpRouter.add("GET", `/type/${name}`, Response.text(bodies.medium, { contentType }))
    )
  )

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: zlib.gunzipSync,
  deflate: zlib.inflateSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync
}

interface Arrived {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** As it came over the wire. */
  readonly bytes: number
  readonly body: string
}

interface Asking {
  readonly accept?: string
  readonly method?: string
  readonly body?: string
}

const ask = Effect.fnUntraced(function*(path: string, { accept, body, method = "GET" }: Asking = {}) {
  const { address } = yield* Network
  return yield* Effect.callback<Arrived>((resume) => {
    const headers = {
      ...(accept === undefined ? {} : { "accept-encoding": accept }),
      ...(body === undefined ? {} : { "content-type": "application/json" })
    }
    const sent = http.request({ host: address.host, port: address.port, path, method, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk) => chunks.push(chunk))
      response.on("end", () => {
        const whole = Buffer.concat(chunks)
        const decode = decoders[response.headers["content-encoding"] ?? ""]
        const body = (whole.length === 0 || decode === undefined ? whole : decode(whole)).toString()
        resume(
          Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, bytes: whole.length, body })
        )
      })
    })
    sent.end(body)
  })
})

const serving = (compression: Readonly<Record<string, unknown>> = {}) => <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Queue.unbounded<string>(), (written) =>
    Effect.provide(
      test,
      pages(written).pipe(
        Layer.provideMerge(server({ settings: { http: { compression: { enabled: true, ...compression } } } }))
      )
    ))

/** Coding, what the answer varies by, and whether its length is right where it is told. */
const told = ({ bytes, headers }: Arrived) => ({
  coding: headers["content-encoding"],
  vary: headers.vary,
  honest: headers["content-length"] === undefined || Number(headers["content-length"]) === bytes
})

const plain = { coding: undefined, vary: "accept-encoding", honest: true }
const untouched = { coding: undefined, vary: undefined, honest: true }

describe("compression", () => {
  for (const coding of ["gzip", "deflate", "br", "zstd"]) {
    it.live(`${coding} makes answers smaller, and they are the same when expanded`, () =>
      Effect.gen(function*() {
        for (const [path, body] of [["/medium", bodies.medium], ["/long", bodies.large]] as const) {
          const answer = yield* ask(path, { accept: coding })
          assert.deepStrictEqual(told(answer), { ...plain, coding })
          assert.strictEqual(answer.body, body)
          assert.isBelow(answer.bytes, body.length / 3)
          assert.strictEqual(Number(answer.headers["content-length"]), answer.bytes)
        }
      }).pipe(serving()))
  }

  it.live("the order of the settings decides among codings that a client likes equally", () =>
    Effect.gen(function*() {
      const browser = { accept: "gzip, deflate, br, zstd" }
      assert.strictEqual(told(yield* ask("/medium", browser)).coding, "br")
      assert.strictEqual(told(yield* ask("/medium", { accept: "gzip, br;q=0.9" })).coding, "gzip")
      assert.strictEqual(told(yield* ask("/medium", { accept: "zstd" })).coding, undefined)
    }).pipe(serving({ algorithms: ["br", "gzip"] })))

  it.live("answers below min_size stay as they are, unless the client refuses that", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* ask("/small", { accept: "gzip" })), plain)
      assert.deepStrictEqual(told(yield* ask("/small", { accept: "gzip, identity;q=0" })), { ...plain, coding: "gzip" })
      assert.deepStrictEqual(told(yield* ask("/medium", { accept: "gzip" })), { ...plain, coding: "gzip" })
      assert.deepStrictEqual(told(yield* ask("/medium")), plain)
      assert.deepStrictEqual(told(yield* ask("/medium", { accept: "identity;q=0, exi" })), plain)
    }).pipe(serving()))

  it.live("a higher level gives smaller answers; one beyond the scale of an algorithm is its highest", () =>
    Effect.gen(function*() {
      const size = (accept: string, level: number) =>
        Effect.map(ask("/long", { accept }).pipe(serving({ level })), ({ bytes }) => bytes)
      for (const coding of ["gzip", "deflate", "br", "zstd"]) {
        assert.isBelow(yield* size(coding, 9), yield* size(coding, 0), coding)
      }
      assert.strictEqual(yield* size("gzip", 11), yield* size("gzip", 9))
      assert.strictEqual(yield* size("gzip", 0), yield* size("gzip", 1))
    }))

  it.live("what is compressed already, or does not become smaller, stays as it is", () =>
    Effect.gen(function*() {
      const accept = "gzip"
      assert.deepStrictEqual(told(yield* ask("/encoded", { accept })), { ...untouched, coding: "x-own" })
      for (const path of ["/octets", "/type/png", "/type/zip", "/type/pdf", "/nothing"]) {
        assert.deepStrictEqual(told(yield* ask(path, { accept })), untouched, path)
      }
      for (const path of ["/type/html", "/type/svg", "/type/problem", "/type/upper", "/failed"]) {
        assert.deepStrictEqual(told(yield* ask(path, { accept })), { ...plain, coding: "gzip" }, path)
      }
    }).pipe(serving()))

  it.live("a handler that wants no change gets none, and its identity is not told", () =>
    Effect.gen(function*() {
      for (const path of ["/private", "/sealed", "/digest", "/part"]) {
        const answer = yield* ask(path, { accept: "gzip" })
        assert.deepStrictEqual(told(answer), untouched, path)
        assert.strictEqual(answer.body, bodies.medium)
      }
    }).pipe(serving()))

  it.live("an entity tag becomes a weak one, parts are not offered, and Vary adds up", () =>
    Effect.gen(function*() {
      const { headers } = yield* ask("/tagged", { accept: "gzip" })
      assert.deepInclude(headers, { etag: `W/"1"`, vary: "Accept, accept-encoding", "content-encoding": "gzip" })
      assert.notProperty(headers, "accept-ranges")
      assert.deepInclude((yield* ask("/tagged")).headers, { etag: `"1"`, "accept-ranges": "bytes" })
      assert.strictEqual((yield* ask("/unchanged")).headers.vary, "accept-encoding")
    }).pipe(serving()))

  it.live("HEAD tells what GET would, but for a length that nobody knows", () =>
    Effect.gen(function*() {
      const { headers } = yield* ask("/tagged", { accept: "gzip", method: "HEAD" })
      assert.deepInclude(headers, { etag: `W/"1"`, vary: "Accept, accept-encoding", "content-encoding": "gzip" })
      assert.notProperty(headers, "content-length")
      assert.strictEqual(
        (yield* ask("/small", { accept: "gzip", method: "HEAD" })).headers["content-length"],
        String(bodies.small.length)
      )
    }).pipe(serving()))

  it.live("a compiled endpoint is compressed, too", () =>
    Effect.gen(function*() {
      for (const length of [2000, 200_000]) {
        const name = "x".repeat(length)
        const answer = yield* ask("/things", {
          accept: "gzip",
          method: "POST",
          body: JSON.stringify({ name, lines: [] })
        })
        assert.deepStrictEqual(told(answer), { ...plain, coding: "gzip" })
        assert.strictEqual(answer.body, JSON.stringify(name))
      }
    }).pipe(serving()))

  it.live("files are compressed while they are sent", () =>
    Effect.gen(function*() {
      const answer = yield* ask("/file", { accept: "br" })
      assert.strictEqual(told(answer).coding, "br")
      assert.include(answer.body, "# @heptad/network")
      assert.strictEqual(answer.headers["transfer-encoding"], "chunked")
    }).pipe(serving()))

  it.live("events are sent as they are: an idle client would hold a window of its own", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* ask("/events", { accept: "gzip" })), untouched)
    }).pipe(serving()))

  for (
    const [coding, expander] of [["gzip", zlib.createGunzip], ["br", zlib.createBrotliDecompress], [
      "zstd",
      zlib.createZstdDecompress
    ]] as const
  ) {
    it.live(`each part of a stream reaches the client before the next one is written: ${coding}`, () =>
      Effect.gen(function*() {
        const written = yield* Queue.unbounded<string>()
        yield* Effect.gen(function*() {
          const { address } = yield* Network
          let arrived = ""
          const sent = http.get({
            host: address.host,
            port: address.port,
            path: "/stream",
            headers: { "accept-encoding": coding }
          })
          sent.on("response", (response) => {
            response.pipe(expander()).on("data", (chunk) => {
              arrived += String(chunk)
            }).on("error", () => {})
          }).on("error", () => {})
          for (const [line, all] of [["one\n", "one\n"], ["two\n", "one\ntwo\n"]] as const) {
            yield* Queue.offer(written, line)
            yield* until(Effect.sync(() => arrived === all))
          }
          sent.destroy()
        }).pipe(
          Effect.provide(
            pages(written).pipe(
              Layer.provideMerge(server({ settings: { http: { compression: { enabled: true } } } }))
            )
          )
        )
      }))
  }

  it.live("off: nothing is compressed, and nothing varies", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* ask("/long", { accept: "gzip" })), untouched)
    }).pipe(serving({ enabled: false })))
})
