/** What proxies tell about clients: real requests through the loopback interface, and random text through the parsers. */
import { assert, describe, it } from "@effect/vitest"
import { NetworkConfig } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { isIP } from "node:net"
import { clientOf, read } from "../src/internal/clientAddresses.ts"
import { forwarded, xForwarded } from "../src/internal/forwarded.ts"
import { Ranges } from "../src/internal/Ranges.ts"
import { request, server } from "./support.ts"

const peer = "10.0.0.1"
const trusts = new Ranges(["10.0.0.0/8", "fd00::/8"]).has
const x = (list: string | undefined, proto?: string, host?: string) =>
  xForwarded({ for: list, proto, host }, peer, trusts)
const f = (field: string | undefined) => forwarded(field, peer, trusts)
const nothing = { protocol: undefined, host: undefined }

describe("X-Forwarded-For", () => {
  for (
    const [list, address] of [
      [undefined, peer],
      ["203.0.113.7", "203.0.113.7"],
      ["6.6.6.6, 203.0.113.7", "203.0.113.7"],
      ["6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"],
      ["10.0.0.3, 10.0.0.2", "10.0.0.3"],
      ["nonsense, 203.0.113.7", "203.0.113.7"],
      ["203.0.113.7:4711", "203.0.113.7"],
      ["[2001:DB8::1]:4711", "2001:db8::1"],
      ["2001:db8::1", "2001:db8::1"],
      ["::ffff:203.0.113.7", "203.0.113.7"]
    ] as const
  ) {
    it(`${list ?? "nothing"} names ${address}`, () => assert.deepStrictEqual(x(list), { address, ...nothing }))
  }

  for (
    const list of [
      "",
      "unknown",
      "203.0.113.7,",
      "203.0.113.7, nonsense",
      "203.0.113.256",
      "1.2.3.4.5",
      "_a",
      "010.1.1.1"
    ]
  ) {
    it(`"${list}" is malformed`, () => assert.isUndefined(x(list)))
  }

  it("protocol and host are those of the hop that named the client, never what stands left of it", () => {
    const told = x("6.6.6.6, 203.0.113.7, 10.0.0.2", "http, https, http", "evil.example, a.example, b.example")
    assert.deepStrictEqual(told, { address: "203.0.113.7", protocol: "https", host: "a.example" })
    assert.deepStrictEqual(x("6.6.6.6, 203.0.113.7", "HTTPS", "a.example:8443"), {
      address: "203.0.113.7",
      protocol: "https",
      host: "a.example:8443"
    })
  })

  it("a protocol or host that is none makes it malformed", () => {
    for (const proto of ["ftp", "", "https https"]) assert.isUndefined(x("203.0.113.7", proto))
    for (const host of ["", "a b", "a/b", "user@a", "a:123456", "a\tb"]) {
      assert.isUndefined(x("203.0.113.7", "http", host))
    }
  })
})

describe("Forwarded", () => {
  for (
    const [field, told] of [
      [undefined, { address: peer, ...nothing }],
      ["for=203.0.113.7", { address: "203.0.113.7", ...nothing }],
      ["For=\"[2001:db8::1]:4711\";proto=https;host=\"a.example\";by=10.0.0.1", {
        address: "2001:db8::1",
        protocol: "https",
        host: "a.example"
      }],
      ["for=6.6.6.6;proto=http, for=203.0.113.7;proto=https, for=10.0.0.2", {
        address: "203.0.113.7",
        protocol: "https",
        host: undefined
      }],
      ["for=\"6.6.6.6, for=203.0.113.7", { address: "203.0.113.7", ...nothing }],
      ["nonsense \" \\, for=203.0.113.7;ext=\"a, \\\"b; c\"", { address: "203.0.113.7", ...nothing }],
      ["for=203.0.113.7, for=unknown;proto=https", { address: peer, protocol: "https", host: undefined }],
      ["for=203.0.113.7, for=_hidden", { address: peer, ...nothing }],
      ["for=\"203.0.113.7:_port\"", { address: "203.0.113.7", ...nothing }],
      ["proto=https", { address: peer, protocol: "https", host: undefined }]
    ] as const
  ) {
    it(`${field ?? "nothing"} names ${told.address}`, () => assert.deepStrictEqual(f(field), told))
  }

  for (
    const field of [
      "for",
      "for=",
      "for=nonsense",
      "for=[2001:db8::1]",
      "for=\"1.2.3.4",
      "1.2.3.4\"",
      "for=1.2.3.4;for=5.6.7.8",
      "for=1.2.3.4 proto=http",
      "for=1.2.3.4;proto=ftp",
      "for=\"1.2.3.4\\\""
    ]
  ) {
    it(`${field} is malformed`, () => assert.isUndefined(f(field)))
  }
})

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(
    fc.constantFrom(
      "for=",
      "proto=",
      "host=",
      "1.2.3.4",
      "10.0.0.9",
      "\"",
      "\\",
      ",",
      ";",
      " ",
      "[",
      "::1",
      "]",
      "unknown"
    ),
    { maxLength: 40 }
  ).map((parts) => parts.join(""))
)

describe("random text", () => {
  it("never raises, and what comes out is an address", () => {
    fc.assert(fc.property(text, text, (one, two) => {
      for (const told of [x(one, two, two), f(one), x(two, one)]) {
        if (told !== undefined) assert.notStrictEqual(isIP(told.address), 0)
      }
    }))
  })

  it("left of what a trusted proxy has added changes nothing", () => {
    fc.assert(fc.property(text, (garbage) => {
      assert.strictEqual(x(`${garbage}, 203.0.113.7`)?.address, "203.0.113.7")
      assert.strictEqual(f(`${garbage}, for=203.0.113.7`)?.address, "203.0.113.7")
      assert.strictEqual(f(`${garbage}, for="203.0.113.7"`)?.address, "203.0.113.7")
    }))
  })

  it("is an address exactly where Node thinks so, brackets and ports aside", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          text.filter((part) => !/[[\]%]/.test(part) && !/:\d+$/.test(part))
        ),
        (one) => {
          assert.strictEqual(read(one) !== "", isIP(one) !== 0)
        }
      )
    )
  })
})

describe("ranges", () => {
  const trusted = (range: string) =>
    Schema.decodeExit(Schema.Struct({ network: NetworkConfig }))({ network: { proxies: { trusted: [range] } } })

  for (const range of ["0.0.0.0/0", "::/0", "::/1", "::ffff:0:0/96", "::/80"]) {
    it(`${range} trusts everybody and fails the start`, () => {
      assert.include(String(trusted(range)), `${range} trusts everybody, so every client could choose its address`)
    })
  }

  for (const range of ["10.0.0.1/8", "10.0.0.0/33", "nonsense", "10.0.0", "", "10.0.0.0/8/8"]) {
    it(`"${range}" is none`, () => assert.include(String(trusted(range)), "Expected an address or a range such as"))
  }

  it("hold addresses of both spellings, and nothing that is no address", () => {
    const ranges = new Ranges(["10.0.0.0/8", "::ffff:192.168.0.0/112", "2001:db8::1"])
    const inside = ["10.1.2.3", "::ffff:10.1.2.3", "192.168.1.1", "2001:db8::1"]
    const outside = ["11.1.2.3", "192.169.1.1", "2001:db8::2", "", "nonsense", "10.1.2.3.4"]
    assert.deepStrictEqual(inside.filter((address) => !ranges.has(address)), [])
    assert.deepStrictEqual(outside.filter(ranges.has), [])
  })

  it("one client of IPv6 is its /64", () => {
    assert.strictEqual(clientOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64")
    assert.strictEqual(clientOf("2001:db8:1:2::9"), "2001:db8:1:2::/64")
    assert.strictEqual(clientOf("fe80::1%eth0"), "fe80:0:0:0::/64")
    assert.strictEqual(clientOf("203.0.113.7"), "203.0.113.7")
  })
})

const who = Layer.mergeAll(
  HttpRouter.add("GET", "/who", (request: HttpServerRequest.HttpServerRequest) =>
    Effect.succeed(Response.jsonUnsafe({
      remote: Option.getOrElse(request.remoteAddress, () => ""),
      peer: Option.getOrElse(request.peerAddress, () => ""),
      protocol: request.protocol ?? "none",
      host: request.headers["host"]
    })))
)

const asked = (settings: typeof NetworkConfig.Encoded, headers: Record<string, string>) =>
  Effect.map(request("/who", { headers }), ({ body }) => body).pipe(
    Effect.provide(who.pipe(Layer.provideMerge(server({ settings }))))
  )

describe("a request", () => {
  it.live("of a proxy that nobody trusts is the proxy's own", () =>
    Effect.gen(function*() {
      const body = yield* asked({}, { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" })
      assert.deepInclude(body, { remote: "127.0.0.1", peer: "127.0.0.1", protocol: "none" })
    }))

  it.live("of a trusted proxy is its client's, with protocol and host", () =>
    Effect.gen(function*() {
      const headers = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example"
      }
      assert.deepStrictEqual(yield* asked({ proxies: { trusted: ["127.0.0.1"] } }, headers), {
        remote: "203.0.113.7",
        peer: "127.0.0.1",
        protocol: "https",
        host: "shop.example"
      })
    }))

  it.live("names its client by Forwarded only where the settings say so", () =>
    Effect.gen(function*() {
      const headers = { forwarded: "for=203.0.113.7", "x-forwarded-for": "198.51.100.9" }
      const trusted = ["127.0.0.0/8"]
      assert.deepInclude(yield* asked({ proxies: { trusted } }, headers), { remote: "198.51.100.9" })
      assert.deepInclude(yield* asked({ proxies: { trusted, headers: "forwarded" } }, headers), {
        remote: "203.0.113.7"
      })
    }))
})
