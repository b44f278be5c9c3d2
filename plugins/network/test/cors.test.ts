import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { matcher } from "../src/internal/origins.ts"
import { type Answer, converse, parse, request, server } from "./support.ts"

const shop = "https://shop.example.com"

const serving = (cors: Readonly<Record<string, unknown>> & { readonly allowed_origins: ReadonlyArray<string> }) =>
  Effect.provide(server({ settings: { http: { cors: { enabled: true, ...cors } } } }))

const open = serving({ allowed_origins: ["*"] })
const closed = serving({ allowed_origins: [shop, "https://*.partner.example", "null"] })

const ask = (origin: string, headers: Readonly<Record<string, string>> = {}) =>
  request("/hello", { headers: { origin, ...headers } })

const preflight = (origin: string, path = "/things") =>
  request(path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
  })

/** What concerns the protocol. */
const told = ({ headers }: Answer): unknown =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name === "vary" || name.startsWith("access-control-")))

const mine = { vary: "origin", "access-control-allow-origin": shop }

describe("CORS", () => {
  it.live("a page of an allowed origin may read answers, and caches keep one for each origin", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* ask(shop)), mine)
      assert.deepStrictEqual(told(yield* request("/hello")), { vary: "origin" })
    }).pipe(closed))

  it.live("an origin that is not allowed gets the answer without a word about it", () =>
    Effect.gen(function*() {
      for (
        const origin of ["https://evil.example", "http://shop.example.com", `${shop}:8443`, `${shop}.evil.example`]
      ) {
        const answer = yield* ask(origin)
        assert.strictEqual(answer.body, "hello")
        assert.deepStrictEqual(told(answer), { vary: "origin" })
      }
    }).pipe(closed))

  it.live("every subdomain of a wildcard is allowed, the domain itself and what only looks like one are not", () =>
    Effect.gen(function*() {
      for (const origin of ["https://a.partner.example", "https://a.b.partner.example"]) {
        assert.deepInclude(told(yield* ask(origin)), { "access-control-allow-origin": origin })
      }
      for (
        const origin of [
          "https://partner.example",
          "https://.partner.example",
          "https://evilpartner.example",
          "https://evil.example/.partner.example",
          "https://evil.example?.partner.example",
          "https://a.partner.example.evil.example",
          "http://a.partner.example"
        ]
      ) assert.deepStrictEqual(told(yield* ask(origin)), { vary: "origin" }, origin)
    }).pipe(closed))

  it.live("null is an origin like others: allowed only where it is listed", () =>
    Effect.gen(function*() {
      const asked = Effect.map(ask("null"), told)
      assert.deepInclude(yield* asked.pipe(closed), { "access-control-allow-origin": "null" })
      assert.deepStrictEqual(yield* asked.pipe(serving({ allowed_origins: [shop] })), { vary: "origin" })
    }))

  it.live("a preflight is answered before the router sees it", () =>
    Effect.gen(function*() {
      for (const path of ["/things", "/nowhere"]) {
        const answer = yield* preflight(shop, path)
        assert.deepStrictEqual([answer.status, answer.body], [204, ""])
        assert.notProperty(answer.headers, "allow")
        assert.deepStrictEqual(told(answer), {
          ...mine,
          "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
          "access-control-allow-headers": "Content-Type, Authorization",
          "access-control-max-age": "3600"
        })
      }
    }).pipe(closed))

  it.live("a preflight of an origin that is not allowed is told nothing", () =>
    Effect.gen(function*() {
      const answer = yield* preflight("https://evil.example")
      assert.strictEqual(answer.status, 204)
      assert.deepStrictEqual(told(answer), { vary: "origin" })
    }).pipe(closed))

  it.live("OPTIONS that is no preflight goes to the router", () =>
    Effect.gen(function*() {
      const plain = yield* request("/things", { method: "OPTIONS", headers: { origin: shop } })
      assert.strictEqual(plain.headers["allow"], "POST, OPTIONS")
      const without = yield* request("/things", {
        method: "OPTIONS",
        headers: { "access-control-request-method": "PUT" }
      })
      assert.strictEqual(without.headers["allow"], "POST, OPTIONS")
      assert.strictEqual((yield* request("/nowhere", { method: "OPTIONS", headers: { origin: shop } })).status, 404)
    }).pipe(closed))

  it.live("pages may read problems, also of requests that are refused by their head", () =>
    Effect.gen(function*() {
      const tooLarge = parse(
        yield* converse(`POST /buffered HTTP/1.1\r\nHost: a\r\nOrigin: ${shop}\r\nContent-Length: 999999999\r\n\r\n`)
      )
      assert.strictEqual(tooLarge.status, 413)
      assert.deepStrictEqual(told(tooLarge), mine)
      for (const [path, status] of [["/nowhere", 404], ["/broken", 500], ["/things/2", 404]] as const) {
        const answer = yield* request(path, { headers: { origin: shop } })
        assert.strictEqual(answer.status, status)
        assert.deepStrictEqual(told(answer), mine)
      }
    }).pipe(closed))

  it.live("what a handler's answer varies by stays beside the origin", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* request("/varying", { headers: { origin: shop } })).headers["vary"], "Accept, origin")
    }).pipe(closed))

  it.live("everybody may read where the list is *, and caches need one answer only", () =>
    Effect.gen(function*() {
      const expected = { "access-control-allow-origin": "*" }
      assert.deepStrictEqual(told(yield* ask("https://anybody.example")), expected)
      assert.deepStrictEqual(told(yield* request("/hello")), expected)
      assert.deepInclude(told(yield* preflight("null")), { ...expected, "access-control-max-age": "3600" })
    }).pipe(open))

  it.live("scripts may read the fields that are exposed, also those of problems", () =>
    Effect.gen(function*() {
      for (const path of ["/hello", "/nowhere"]) {
        const { headers } = yield* request(path, { headers: { origin: shop } })
        assert.strictEqual(headers["access-control-expose-headers"], "X-Request-Id, Retry-After")
      }
    }).pipe(serving({ allowed_origins: [shop], exposed_headers: ["X-Request-Id", "Retry-After"] })))

  it.live("credentials are allowed by name, in preflights and answers", () =>
    Effect.gen(function*() {
      for (const answer of [yield* ask(shop), yield* preflight(shop)]) {
        assert.deepInclude(told(answer), {
          "access-control-allow-origin": shop,
          "access-control-allow-credentials": "true"
        })
      }
      assert.notProperty(told(yield* ask("https://evil.example")), "access-control-allow-credentials")
    }).pipe(serving({ allowed_origins: [shop], allow_credentials: true })))
})

describe("the matcher of origins", () => {
  const entries = [shop, "https://*.partner.example", "http://*.local:8080"]
  const matches = matcher(entries)

  it("says yes to what is listed and to subdomains, and to nothing else, whatever the bytes are", () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/)
    fc.assert(fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
      assert.isTrue(matches(`https://${labels.join(".")}.partner.example`))
      assert.isTrue(matches(`http://${labels.join(".")}.local:8080`))
      assert.isFalse(matches(`https://${labels.join(".")}partner.example`.replace(".partner", "partner")))
    }))
    const host = /^https:\/\/([^./]+\.)+partner\.example$|^http:\/\/([^./]+\.)+local:8080$/
    const hostile = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.constantFrom(...entries))
    fc.assert(fc.property(hostile, hostile, fc.string({ unit: "binary", maxLength: 12 }), (left, right, middle) => {
      for (const origin of [left, left + right, `https://${middle}.partner.example`, `${shop}${middle}`]) {
        if (matches(origin)) assert.isTrue(origin === shop || host.test(origin), origin)
      }
    }))
  })

  it("takes a star as nothing else than the first label", () => {
    const strange = matcher(["https://*.a.b", "*"])
    assert.isFalse(strange("https://xaab"))
    assert.isFalse(strange("https://x.acb"))
    assert.isFalse(strange("*"))
  })
})
