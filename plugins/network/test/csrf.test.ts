import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as fc from "fast-check"
import * as Metrics from "../src/metrics.ts"
import { type Answer, converse, parse, server, stable } from "./support.ts"

const serving = (csrf: Readonly<Record<string, unknown>> = {}, cors: Readonly<Record<string, unknown>> = {}) =>
  Effect.provide(server({ settings: { http: { csrf: { enabled: true, ...csrf }, cors } } }))

type Headers = Readonly<Record<string, string>>

/** `fetch` decides about some of these headers itself, so it is written here. */
const send = (method: string, headers: Headers, path = "/buffered") =>
  Effect.map(
    converse([
      `${method} ${path} HTTP/1.1`,
      "Host: app.example.com:8080",
      "Connection: close",
      "Content-Length: 0",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      "",
      ""
    ].join("\r\n")),
    parse
  )

const cookie = { Cookie: "session=abc" }
const post = (headers: Headers) => Effect.map(send("POST", { ...cookie, ...headers }), ({ status }) => status)

const statuses = (all: ReadonlyArray<Headers>) => Effect.forEach(all, post)

const refusals = Effect.map(Metric.value(Metrics.forged), ({ count }) => Number(count))

describe("CSRF", () => {
  it.live("a request with cookies that would change something is refused unless a page of this server sent it", () =>
    Effect.gen(function*() {
      const before = yield* refusals
      const answer: Answer = yield* send("POST", { ...cookie, "Sec-Fetch-Site": "cross-site" })
      assert.strictEqual(answer.status, 403)
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.permission_denied",
        title: "Not allowed",
        status: 403,
        detail:
          "This request has cookies and would change something, but no page of this server sent it. Send it from one, " +
          "without cookies, or list its origin in network.http.csrf.trusted_origins.",
        instance: "/buffered",
        code: "common.permission_denied",
        number: -3,
        trace_id: "<trace>"
      })
      assert.strictEqual(yield* refusals, before + 1)
    }).pipe(serving()))

  it.live("Sec-Fetch-Site decides where a browser sends it", () =>
    Effect.gen(function*() {
      const sites = ["same-origin", "none", "same-site", "cross-site", "", "SAME-ORIGIN"]
      assert.deepStrictEqual(
        yield* statuses(sites.map((site) => ({ "Sec-Fetch-Site": site }))),
        [200, 200, 403, 403, 403, 403]
      )
      const own = { Origin: "https://app.example.com:8080" }
      assert.strictEqual(yield* post({ ...own, "Sec-Fetch-Site": "cross-site" }), 403)
    }).pipe(serving()))

  it.live("without it Origin decides: this host, whatever the scheme, passes", () =>
    Effect.gen(function*() {
      const origins = [
        "https://app.example.com:8080",
        "http://app.example.com:8080",
        "https://app.example.com",
        "https://evil.example",
        "https://app.example.com:8080.evil.example",
        "null",
        ""
      ]
      assert.deepStrictEqual(
        yield* statuses(origins.map((origin) => ({ Origin: origin }))),
        [200, 200, 403, 403, 403, 403, 403]
      )
      assert.strictEqual(yield* post({}), 403)
    }).pipe(serving()))

  it.live("methods that change nothing pass, and so do requests without cookies, with a token or not", () =>
    Effect.gen(function*() {
      const foreign = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        assert.notStrictEqual((yield* send(method, { ...cookie, ...foreign }, "/hello")).status, 403)
      }
      for (const method of ["PUT", "PATCH", "DELETE", "POST"]) {
        assert.strictEqual((yield* send(method, { ...cookie, ...foreign })).status, 403)
      }
      assert.strictEqual((yield* send("POST", foreign)).status, 200)
      assert.strictEqual((yield* send("POST", { ...foreign, Authorization: "Bearer x" })).status, 200)
      assert.strictEqual((yield* send("POST", { ...foreign, ...cookie, Authorization: "Bearer x" })).status, 403)
    }).pipe(serving()))

  it.live("trusted origins pass, and those that CORS allows with credentials", () =>
    Effect.gen(function*() {
      const from = (origin: string) => post({ Origin: origin, "Sec-Fetch-Site": "cross-site" })
      const all = Effect.forEach(
        ["https://admin.example.com", "https://a.partner.example", "https://shop.example.com", "https://evil.example"],
        from
      )
      const trusting = { trusted_origins: ["https://admin.example.com", "https://*.partner.example"] }
      const shop = { enabled: true, allowed_origins: ["https://shop.example.com"] }
      assert.deepStrictEqual(yield* all.pipe(serving(trusting)), [200, 200, 403, 403])
      assert.deepStrictEqual(yield* all.pipe(serving(trusting, shop)), [200, 200, 403, 403])
      assert.deepStrictEqual(
        yield* all.pipe(serving(trusting, { ...shop, allow_credentials: true })),
        [200, 200, 200, 403]
      )
    }))

  it.live("behind a trusted proxy the host that it tells is this one", () =>
    Effect.gen(function*() {
      const proxied = { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "www.example.com" }
      const sent = Effect.forEach(
        ["https://www.example.com", "https://app.example.com:8080"],
        (origin) => post({ ...proxied, Origin: origin })
      )
      assert.deepStrictEqual(yield* sent.pipe(serving()), [403, 200])
      assert.deepStrictEqual(
        yield* sent.pipe(
          Effect.provide(
            server({ settings: { proxies: { trusted: ["127.0.0.1"] }, http: { csrf: { enabled: true } } } })
          )
        ),
        [200, 403]
      )
    }))

  it.live("a burst of refusals is one line in the log", () => {
    const lines: Array<string> = []
    const journal = Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
    return Effect.gen(function*() {
      yield* post({})
      yield* post({})
      assert.deepStrictEqual(lines.filter((line) => line.includes("csrf")), [
        "requests with cookies are refused by network.http.csrf, because no page of this server sent them. Is one of your " +
        "own pages among the senders, list its origin in network.http.csrf.trusted_origins; a proxy in front keeps Host, " +
        "or stands in network.proxies.trusted."
      ])
    }).pipe(serving(), Effect.provide(journal))
  })

  const token = "0123456789abcdef"

  it.live("a client that tells no origin may show the same token twice", () =>
    Effect.gen(function*() {
      const both = (kept: string, sent: string) => ({ Cookie: `a=b; csrf=${kept}`, "X-Token": sent })
      assert.deepStrictEqual(
        yield* statuses([
          both(token, token),
          both(token, `${token}x`),
          both("short", "short"),
          both("", ""),
          { Cookie: `csrf=${token}` },
          { Cookie: "a=b", "X-Token": token },
          { ...both(token, token), Origin: "https://evil.example" },
          { ...both(token, token), "Sec-Fetch-Site": "same-site" }
        ]),
        [200, 403, 403, 403, 403, 403, 403, 403]
      )
    }).pipe(serving({ token: { enabled: true, cookie: "csrf", header: "X-Token" } })))

  it.live("whatever bytes claim to be cookies and tokens, nobody passes by chance", () =>
    Effect.gen(function*() {
      const character = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f)
      const text = fc.string({ unit: character.map((code) => String.fromCharCode(code)) })
      for (const [kept, sent] of fc.sample(fc.tuple(text, text), 60)) {
        const status = yield* post({ Cookie: `csrf=${kept}`, "X-Token": sent })
        if (kept.trim() !== sent.trim()) assert.strictEqual(status, 403, JSON.stringify([kept, sent]))
      }
    }).pipe(serving({ token: { enabled: true, cookie: "csrf", header: "X-Token" } })))
})
