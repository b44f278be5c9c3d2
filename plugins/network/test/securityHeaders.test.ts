import { assert, describe, it } from "@effect/vitest"
import { InlineScripts, NetworkConfig } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Answer, request, server } from "./support.ts"

const written = {
  "content-security-policy": "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; " +
    "frame-ancestors 'self'; img-src 'self' data:; object-src 'none'; script-src 'self'; script-src-attr 'none'; " +
    "style-src 'self' https: 'unsafe-inline'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0"
}

const names = [...Object.keys(written), "strict-transport-security", "x-powered-by"]

const told = ({ headers }: Answer): unknown =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)))

const serving = (security_headers: Readonly<Record<string, unknown>>) =>
  Effect.provide(server({ settings: { http: { security_headers } } }))

describe("security headers", () => {
  it.live("stand on every answer: what helmet sends, and never X-Powered-By or HSTS over plain HTTP", () =>
    Effect.gen(function*() {
      for (const path of ["/hello", "/nowhere", "/broken", "/things/1"]) {
        assert.deepStrictEqual(told(yield* request(path)), written)
      }
    }).pipe(serving({})))

  const hsts = "max-age=31536000; includeSubDomains"
  const secure = { "x-forwarded-proto": "https" }
  const behindProxies: ReadonlyArray<
    readonly [what: string, headers: Record<string, string>, string | undefined, more?: object]
  > = [
    ["the client of a trusted proxy came by HTTPS", secure, hsts],
    ["it came by plain HTTP", { "x-forwarded-proto": "http" }, undefined],
    ["the proxy does not say", { "x-forwarded-for": "203.0.113.7" }, undefined],
    ["the hop that named the client is the plain one", {
      "x-forwarded-for": "203.0.113.7, 127.0.0.1",
      "x-forwarded-proto": "http, https"
    }, undefined],
    ["what the proxy says cannot be understood", { "x-forwarded-proto": "gopher" }, undefined],
    ["Forwarded says it where it is read", { forwarded: "for=203.0.113.7;proto=https" }, hsts, {
      proxies: { trusted: ["127.0.0.1"], headers: "forwarded" }
    }],
    ["Forwarded says it where it is not read", { forwarded: "for=203.0.113.7;proto=https" }, undefined],
    ["nobody trusts who says HTTPS", secure, undefined, { proxies: {} }],
    ["another one is trusted", secure, undefined, { proxies: { trusted: ["192.0.2.1"] } }],
    ["its text is empty", secure, undefined, { http: { security_headers: { strict_transport_security: "" } } }],
    ["security headers are off", secure, undefined, { http: { security_headers: { enabled: false } } }]
  ]

  for (const [what, headers, expected, more = {}] of behindProxies) {
    it.live(`speak ${expected === undefined ? "no" : "of"} HSTS over plain HTTP when ${what}`, () =>
      Effect.gen(function*() {
        for (const path of ["/hello", "/nowhere"]) {
          assert.strictEqual((yield* request(path, { headers })).headers["strict-transport-security"], expected)
        }
      }).pipe(Effect.provide(server({ settings: { proxies: { trusted: ["127.0.0.1"] }, ...more } }))))
  }

  it.live("each can be changed, and left out by an empty text", () =>
    Effect.gen(function*() {
      const { "x-download-options": _, ...rest } = written
      assert.deepStrictEqual(told(yield* request("/hello")), { ...rest, "referrer-policy": "same-origin" })
    }).pipe(serving({ referrer_policy: "same-origin", x_download_options: "" })))

  it.live("all of them can be switched off", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* request("/hello")), {})
    }).pipe(serving({ enabled: false })))

  it.live("what a handler says itself wins", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* request("/page")).headers["content-security-policy"], "default-src 'none'")
    }).pipe(serving({})))

  it.live("a page whose scripts stand in it says so, and its policy lets them run", () => {
    const Api = HttpApi.make("pages")
    const pages = HttpApiSwagger.layer(Api).pipe(Layer.provide(InlineScripts.layer))
    return Effect.gen(function*() {
      const { body, headers, status } = yield* request("/docs")
      assert.strictEqual(status, 200)
      assert.include(String(body), "<script>")
      assert.include(headers["content-security-policy"], "script-src 'self' 'unsafe-inline'")
      assert.strictEqual(headers["x-content-type-options"], "nosniff")
      assert.notInclude(
        (yield* request("/hello")).headers["content-security-policy"],
        "script-src 'self' 'unsafe-inline'"
      )
    }).pipe(Effect.provide(pages.pipe(Layer.provideMerge(server()))))
  })

  it("a value that would end its field is refused, and told where it stands", () => {
    const decode = Schema.decodeUnknownSync(NetworkConfig)
    const value = (text: string) => () => decode({ http: { security_headers: { referrer_policy: text } } })
    for (const text of ["a\r\nSet-Cookie: b", "a\nb", "a\u0000", "ä", " a", "a\u007f"]) {
      assert.throws(
        value(text),
        /Expected printable ASCII without line breaks and outer spaces\n {2}at \["http"\]\["security_headers"\]\["referrer_policy"\]/
      )
    }
    assert.doesNotThrow(value("no-referrer, same-origin"))
  })
})
