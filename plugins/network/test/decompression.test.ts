import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as http from "node:http"
import * as zlib from "node:zlib"
import { type Answer, request, server, stable } from "./support.ts"

const codings = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync
}

const serving = (http: Readonly<Record<string, unknown>> = {}) =>
  Effect.provide(server({ settings: { http: { decompression: { enabled: true }, max_request_size: "1MB", ...http } } }))

const send = (path: string, coding: string, body: Uint8Array<ArrayBuffer>) =>
  request(path, { method: "POST", headers: { "content-encoding": coding, "content-type": "application/json" }, body })

const bytes = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)

const thing = Buffer.from(JSON.stringify({ name: "tea", lines: [{ quantity: 1 }] }))

describe("compressed requests", () => {
  for (const [coding, compress] of Object.entries(codings)) {
    it.live(`${coding}: every way to read a body reads what it expands to`, () =>
      Effect.gen(function*() {
        const body = bytes(compress(Buffer.alloc(5000, "x")))
        for (const path of ["/buffered", "/streamed"]) {
          assert.strictEqual((yield* send(path, coding, body)).body, "received 5000", path)
        }
        assert.strictEqual((yield* send("/things", coding, bytes(compress(thing)))).body, "tea")
        assert.strictEqual((yield* send("/seen", coding, body)).body, "undefined undefined 5000")
      }).pipe(serving()))

    it.live(`${coding}: what expands beyond max_request_size answers 413, of a few hundred bytes or many`, () =>
      Effect.gen(function*() {
        const fits = bytes(compress(Buffer.alloc(1024 * 1024)))
        const bomb = bytes(compress(Buffer.alloc(4 * 1024 * 1024)))
        for (const path of ["/buffered", "/streamed"]) {
          assert.strictEqual((yield* send(path, coding, fits)).body, `received ${1024 * 1024}`)
          const answer: Answer = yield* send(path, coding, bomb)
          assert.strictEqual(answer.status, 413)
          assert.deepInclude(answer.body, {
            code: "network.message_too_large",
            detail: "The body is larger than 1048576 bytes. Send less, or raise network.http.max_request_size."
          })
        }
      }).pipe(serving()))

    it.live(`${coding}: a body that is cut, changed or something else answers 400`, () =>
      Effect.gen(function*() {
        const good = compress(thing)
        for (
          const body of [good.subarray(0, -6), Buffer.from("{}"), Buffer.from(good).fill(0, 0, 4)]
        ) {
          const answer = yield* send("/things", coding, bytes(body))
          assert.strictEqual(answer.status, 400)
          assert.deepInclude(answer.body, {
            code: "common.invalid_argument",
            detail:
              "The body could not be expanded. Compress it as the header Content-Encoding says, and send all of it."
          })
        }
      }).pipe(serving()))
  }

  it.live("JSON that is nested too deep answers 400, whoever would read it", () =>
    Effect.gen(function*() {
      const deep = (depth: number) => bytes(zlib.gzipSync("[".repeat(depth) + "]".repeat(depth)))
      for (const path of ["/buffered", "/streamed", "/things"]) {
        const answer = yield* send(path, "gzip", deep(11))
        assert.strictEqual(answer.status, 400, path)
        assert.include(JSON.stringify(answer.body), "network.http.max_json_depth")
      }
      assert.strictEqual((yield* send("/buffered", "gzip", deep(10))).body, "received 20")
    }).pipe(serving({ max_json_depth: 10 })))

  it.live("an endpoint that reads less than the server counts what the body expands to", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* send("/modest", "gzip", bytes(zlib.gzipSync("x".repeat(10))))).body, "received 10")
      const answer = yield* send("/modest", "gzip", bytes(zlib.gzipSync("x".repeat(11))))
      assert.strictEqual(answer.status, 413)
    }).pipe(serving()))

  it.live("an unknown coding, and several in a row, answer 415 with those that are read", () =>
    Effect.gen(function*() {
      for (const coding of ["compress", "gzip, gzip", "gzip,br", "x", ","]) {
        const answer = yield* send("/buffered", coding, bytes(zlib.gzipSync("x")))
        assert.strictEqual(answer.status, 415, coding)
        assert.strictEqual(answer.headers["accept-encoding"], "gzip, deflate, br, zstd")
        assert.deepInclude(stable(answer), {
          code: "container.invalid_format",
          plugin: "network",
          detail:
            "This server does not know this Content-Encoding. Send the body as it is, or in one of those that the " +
            "header Accept-Encoding names."
        })
      }
      assert.strictEqual((yield* send("/buffered", "identity", bytes(thing))).body, `received ${thing.length}`)
      assert.strictEqual((yield* send("/buffered", "X-GZIP", bytes(zlib.gzipSync("abc")))).body, "received 3")
    }).pipe(serving()))

  it.live("off: every coding answers 415, and a body as it is passes", () =>
    Effect.gen(function*() {
      const answer = yield* send("/buffered", "gzip", bytes(zlib.gzipSync("x")))
      assert.strictEqual(answer.status, 415)
      assert.strictEqual(answer.headers["accept-encoding"], "identity")
      assert.deepInclude(answer.body, {
        detail:
          "This server does not read compressed bodies. Send the body as it is, or set network.http.decompression.enabled."
      })
      assert.strictEqual((yield* send("/buffered", "identity", bytes(thing))).status, 200)
    }).pipe(serving({ decompression: { enabled: false } })))

  it.live("whatever bytes claim to be compressed, they are refused or expand within the limit", () =>
    Effect.gen(function*() {
      const random = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(
          fc.constantFrom(...Object.values(codings)),
          fc.uint8Array({ minLength: 1, maxLength: 100 }),
          fc.nat(60),
          fc.nat(255)
        )
          .map(([compress, body, at, value]) => {
            const bytes = new Uint8Array(compress(body))
            bytes[at % bytes.length] = value
            return bytes
          })
      )
      for (const [coding, body] of fc.sample(fc.tuple(fc.constantFrom(...Object.keys(codings)), random), 150)) {
        const { status } = yield* send("/buffered", coding, new Uint8Array(body))
        assert.include([200, 400], status)
      }
    }).pipe(serving()))

  it.live("a client that goes away in the middle of a body leaves the server well", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const headers = { "content-encoding": "gzip", "content-length": "100" }
      yield* Effect.callback<void>((resume) => {
        const sent = http.request({
          host: address.host,
          port: address.port,
          path: "/buffered",
          method: "POST",
          headers
        })
        sent.on("error", () => resume(Effect.void))
        sent.write(zlib.gzipSync("x").subarray(0, 5), () => sent.destroy(new Error("gone")))
      })
      assert.strictEqual((yield* send("/buffered", "gzip", bytes(zlib.gzipSync("abc")))).body, "received 3")
    }).pipe(serving()))
})
