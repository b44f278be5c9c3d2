/** The PROXY protocol: its parser on random bytes, and connections that begin with it, over TCP and TLS. */
import { assert, describe, it } from "@effect/vitest"
import { Network, type NetworkConfig } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import * as net from "node:net"
import * as tls from "node:tls"
import { longest, readHeader } from "../src/internal/proxyHeader.ts"
import { parse, server } from "./support.ts"

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1")

/** Version 2: command, family and protocol, addresses and extensions. */
const v2 = (command: number, family: number, body: Uint8Array): Buffer =>
  Buffer.concat([signature, Buffer.from([command, family, body.length >> 8, body.length & 255]), body])

const ipv4 = Buffer.from([203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 0, 80])
const ipv6 = Buffer.concat([Buffer.from("20010db8000000000000000000000001", "hex"), Buffer.alloc(20)])
const v1 = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n"
const bytes = (text: string) => Buffer.from(text, "latin1")

describe("a PROXY header", () => {
  for (
    const [name, header, address] of [
      ["version 1 of IPv4", bytes(v1), "203.0.113.7"],
      ["version 1 of IPv6", bytes("PROXY TCP6 2001:db8::1 ::1 4711 80\r\n"), "2001:db8::1"],
      ["version 1 of a health check", bytes("PROXY UNKNOWN\r\n"), undefined],
      ["version 1 of something else", bytes("PROXY UNKNOWN ffff:: x y z\r\n"), undefined],
      ["version 2 of IPv4", v2(0x21, 0x11, ipv4), "203.0.113.7"],
      ["version 2 with extensions", v2(0x21, 0x11, Buffer.concat([ipv4, Buffer.alloc(100)])), "203.0.113.7"],
      ["version 2 of IPv6", v2(0x21, 0x21, ipv6), "2001:db8::1"],
      ["version 2 of a health check", v2(0x20, 0, Buffer.alloc(0)), undefined],
      ["version 2 of a unix socket", v2(0x21, 0x31, Buffer.alloc(216)), undefined]
    ] as const
  ) {
    it(`of ${name} is found however it is cut, and what follows is left alone`, () => {
      const whole = { state: "whole", length: header.length, address } as const
      for (let length = 0; length < header.length; length++) {
        assert.deepStrictEqual(readHeader(header.subarray(0, length), "any"), { state: "unfinished" })
      }
      for (const rest of ["", "GET / HTTP/1.1\r\n", "PROXY UNKNOWN\r\n"]) {
        assert.deepStrictEqual(readHeader(Buffer.concat([header, bytes(rest)]), "any"), whole)
      }
    })
  }

  for (
    const [name, header] of [
      ["a request", bytes("GET / HTTP/1.1\r\n")],
      ["a TLS greeting", Buffer.from("1603010200010001", "hex")],
      ["a wrong family", bytes("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n")],
      ["an address of the other family", bytes("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n")],
      ["no address", bytes("PROXY TCP4 x 1.2.3.4 1 2\r\n")],
      ["a port that is none", bytes("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n")],
      ["a bare line feed", bytes("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")],
      ["a line without end", bytes(`PROXY UNKNOWN ${"x".repeat(100)}`)],
      ["another version", v2(0x11, 0x11, ipv4)],
      ["another command", v2(0x22, 0x11, ipv4)],
      ["another protocol", v2(0x21, 0x13, ipv4)],
      ["too few addresses", v2(0x21, 0x11, ipv4.subarray(0, 11))],
      ["more than is read", v2(0x21, 0x11, Buffer.alloc(longest)).subarray(0, 16)]
    ] as const
  ) {
    it(`with ${name} is broken`, () => assert.deepStrictEqual(readHeader(header, "any"), { state: "broken" }))
  }

  it("of the other version is broken where the settings name one", () => {
    assert.strictEqual(readHeader(bytes(v1), "v2").state, "broken")
    assert.strictEqual(readHeader(v2(0x21, 0x11, ipv4), "v1").state, "broken")
    assert.strictEqual(readHeader(bytes(v1), "v1").state, "whole")
    assert.strictEqual(readHeader(v2(0x21, 0x11, ipv4), "v2").state, "whole")
  })

  it("of random bytes never raises; a whole one is within the bytes and names an address or nobody", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(
        signature,
        bytes("PROXY "),
        bytes("TCP4 "),
        bytes("1.2.3.4 "),
        bytes("\r\n"),
        Buffer.from([0x21, 0x11, 0, 12])
      )
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const all = Buffer.concat(pieces)
      const reading = readHeader(all, "any")
      if (reading.state !== "whole") return
      assert.isAtMost(reading.length, all.length)
      assert.isTrue(reading.address === undefined || net.isIP(reading.address) !== 0)
    }))
  })
})

const who = HttpRouter.add(
  "*",
  "/who",
  (request: HttpServerRequest.HttpServerRequest) =>
    Effect.orDie(
      Effect.map(request.text, (text) =>
        Response.text(`${Option.getOrElse(request.remoteAddress, () => "")} ${text.length}`))
    )
)

const serving = (settings: typeof NetworkConfig.Encoded) => who.pipe(Layer.provideMerge(server({ settings })))

const proxied = (more: typeof NetworkConfig.Encoded = {}) =>
  serving({ proxies: { trusted: ["127.0.0.1"], proxy_protocol: "any" }, ...more })

/** Writes the parts, each in a packet of its own, and answers what comes back until the connection is closed. */
const conversation = Effect.fnUntraced(function*(...parts: ReadonlyArray<string | Uint8Array>) {
  const { address } = yield* Network
  return yield* Effect.callback<string>((resume) => {
    const socket = net.connect({ port: address.port, host: address.host, noDelay: true })
    let text = ""
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(text)))
    const write = ([first, ...rest]: ReadonlyArray<string | Uint8Array>): void => {
      if (first !== undefined && !socket.destroyed) socket.write(first, () => setImmediate(write, rest))
    }
    write(parts)
    return Effect.sync(() => socket.destroy())
  })
})

const get = "GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"

describe("a connection", () => {
  for (
    const [name, header] of [
      ["version 1", bytes(v1)],
      ["version 2", v2(0x21, 0x11, ipv4)]
    ] as const
  ) {
    it.live(`${name}: is the told client's, in one packet or byte by byte`, () =>
      Effect.gen(function*() {
        const [one, many] = [
          yield* conversation(Buffer.concat([header, bytes(get)])),
          yield* conversation(...[...header].map((byte) => Uint8Array.of(byte)), get)
        ]
        assert.deepStrictEqual([parse(one).body, parse(many).body], ["203.0.113.7 0", "203.0.113.7 0"])
      }).pipe(Effect.provide(proxied())))
  }

  it.live("keeps its client for later requests, and large bodies arrive whole", () =>
    Effect.gen(function*() {
      const body = "x".repeat(300_000)
      const post = `POST /who HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      const answers = yield* conversation(`${v1}${post}`, post, get)
      assert.deepStrictEqual(answers.match(/203\.0\.113\.7 \d+/g), [
        "203.0.113.7 300000",
        "203.0.113.7 300000",
        "203.0.113.7 0"
      ])
    }).pipe(Effect.provide(proxied())))

  it.live("of a health check is the proxy's own", () =>
    Effect.gen(function*() {
      assert.strictEqual(parse(yield* conversation(`PROXY UNKNOWN\r\n${get}`)).body, "127.0.0.1 0")
    }).pipe(Effect.provide(proxied())))

  it.live("of somebody who is not trusted is closed unread", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* conversation(`${v1}${get}`), "")
    }).pipe(Effect.provide(serving({ proxies: { trusted: ["10.0.0.0/8"], proxy_protocol: "any" } }))))

  it.live("without a header is closed without an answer", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* conversation(get), "")
    }).pipe(Effect.provide(proxied())))

  it.live("whose header does not come in time is closed", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* conversation("PROXY TCP4 "), "")
      assert.strictEqual(yield* conversation(), "")
    }).pipe(Effect.provide(proxied({ tcp: { connection_timeout: "100ms" } }))))

  it.live("counts for the told address, not for the proxy's", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const open = (header: string) =>
        Effect.acquireRelease(
          Effect.callback<string>((resume) => {
            const socket = net.connect(address.port, address.host)
            socket.on("error", () => {})
            socket.on("data", (chunk) => resume(Effect.succeed(chunk.toString().slice(9, 12))))
            socket.on("close", () => resume(Effect.succeed("closed")))
            socket.write(`${header}GET /hello HTTP/1.1\r\nhost: a\r\n\r\n`)
          }),
          () => Effect.void
        )
      const from = (client: string) => open(`PROXY TCP4 ${client} 10.0.0.1 1 2\r\n`)
      assert.strictEqual(yield* from("203.0.113.7"), "200")
      assert.strictEqual(yield* from("203.0.113.7"), "closed")
      assert.strictEqual(yield* from("203.0.113.8"), "200")
    }).pipe(Effect.scoped, Effect.provide(proxied({ tcp: { max_connections_per_ip: 1 } }))))

  const fixture = (name: string) => new URL(`./fixtures/localhost.${name}.pem`, import.meta.url).pathname

  it.live("over TLS is the told client's", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const text = yield* Effect.callback<string>((resume) => {
        let text = ""
        const raw = net.connect(address.port, address.host)
        raw.write(v2(0x21, 0x11, ipv4), () => {
          const secure = tls.connect({ socket: raw, rejectUnauthorized: false }, () => secure.write(get))
          secure.on("data", (chunk) => {
            text += String(chunk)
          })
          secure.on("error", (error) => resume(Effect.succeed(String(error))))
          secure.on("close", () => resume(Effect.succeed(text)))
        })
      })
      assert.strictEqual(parse(text).body, "203.0.113.7 0")
    }).pipe(
      Effect.provide(proxied({ tls: { enabled: true, cert_file: fixture("cert"), key_file: fixture("key") } }))
    ))

  it.live("that says nothing does not hold up a stop", () =>
    Effect.gen(function*() {
      const silent = yield* Effect.forkChild(
        conversation().pipe(Effect.timeoutOption("10 seconds")),
        { startImmediately: true }
      )
      assert.isUndefined(silent.pollUnsafe())
      return silent
    }).pipe(
      Effect.provide(proxied()),
      Effect.flatMap(Fiber.await)
    ))
})
