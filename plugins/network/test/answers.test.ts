import { assert, describe, it } from "@effect/vitest"
import { ErrorRegistry } from "@heptad/common"
import * as Effect from "effect/Effect"
import { request, server, stable } from "./support.ts"

const json = { "content-type": "application/json" }

describe("answers", () => {
  it.live("a declared domain error becomes a problem of its code", () =>
    Effect.gen(function*() {
      const answer = yield* request("/things/7?limit=2")
      assert.strictEqual(answer.status, 404)
      assert.strictEqual(answer.headers["content-type"], "application/problem+json")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.not_found",
        title: "No such thing",
        status: 404,
        detail: "Thing 7 is gone. Take another one.",
        instance: "/things/7",
        code: "common.not_found",
        number: -2,
        plugin: "things",
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(server())))

  it.live("every wrong part of a request is named by a pointer, and nothing is decoded twice", () =>
    Effect.gen(function*() {
      const body = yield* request("/things", {
        method: "POST",
        headers: json,
        body: JSON.stringify({ name: 1, extra: true, lines: [{ quantity: 1 }, { quantity: 1.5 }] })
      })
      assert.strictEqual(body.status, 400)
      assert.deepStrictEqual(stable(body), {
        type: "urn:heptad:error:common.invalid_argument",
        title: "Bad request",
        status: 400,
        detail: "The request does not have the form that the API asks for. Correct what `errors` names.",
        instance: "/things",
        code: "common.invalid_argument",
        number: -1,
        errors: [
          { pointer: "/body/extra", detail: "Expected no excess property" },
          { pointer: "/body/name", detail: "Expected string" },
          { pointer: "/body/lines/1/quantity", detail: "Expected an integer" }
        ],
        trace_id: "<trace>"
      })
      const query = yield* request("/things/1?limit=many")
      assert.deepInclude(query.body, { errors: [{ pointer: "/query/limit", detail: "Expected a finite number" }] })
      const header = yield* request("/things/1", { headers: { "if-match": "much too long" } })
      assert.strictEqual(header.status, 400)
      assert.nestedPropertyVal(header.body, "errors[0].pointer", "/headers/if-match")
    }).pipe(Effect.provide(server())))

  it.live("malformed JSON answers 400, and an empty body names what is missing", () =>
    Effect.gen(function*() {
      const malformed = yield* request("/things", { method: "POST", headers: json, body: "{\"name\":" })
      assert.strictEqual(malformed.status, 400)
      assert.deepInclude(malformed.body, { errors: [{ pointer: "/body", detail: "Expected a valid JSON body" }] })
      assert.strictEqual((yield* request("/things", { method: "POST", headers: json })).status, 400)
    }).pipe(Effect.provide(server())))

  it.live("an unknown media type answers 415", () =>
    Effect.gen(function*() {
      const answer = yield* request("/things", {
        method: "POST",
        headers: { "content-type": "text/xml" },
        body: "<a/>"
      })
      assert.strictEqual(answer.status, 415)
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:container.invalid_format",
        title: "Unsupported media type",
        status: 415,
        detail: "This endpoint does not read this media type. Look at its definition for those it reads.",
        instance: "/things",
        code: "container.invalid_format",
        number: -422,
        plugin: "network",
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(server())))

  it.live("an unknown route answers 404 without the query in the problem", () =>
    Effect.gen(function*() {
      const answer = yield* request("/nowhere?token=secret")
      assert.strictEqual(answer.status, 404)
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.not_found",
        title: "Not found",
        status: 404,
        detail: "There is nothing at this path. Compare it with the documentation of the API.",
        instance: "/nowhere",
        code: "common.not_found",
        number: -2,
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(server())))

  it.live("a wrong method answers 405 with Allow, OPTIONS and HEAD answer for known paths", () =>
    Effect.gen(function*() {
      const wrong = yield* request("/things/1", { method: "DELETE" })
      assert.strictEqual(wrong.status, 405)
      assert.strictEqual(wrong.headers.allow, "GET, HEAD, OPTIONS")
      assert.deepInclude(wrong.body, { code: "common.invalid_argument", title: "Method not allowed", status: 405 })
      const options = yield* request("/things", { method: "OPTIONS" })
      assert.strictEqual(options.status, 204)
      assert.strictEqual(options.headers.allow, "POST, OPTIONS")
      const head = yield* request("/things/1", { method: "HEAD" })
      assert.strictEqual(head.status, 200)
      assert.strictEqual(head.headers["content-length"], "5")
      assert.strictEqual(head.body, "")
      assert.strictEqual((yield* request("/nowhere", { method: "OPTIONS" })).status, 404)
    }).pipe(Effect.provide(server())))

  it.live("a defect answers 500 without its message or stack", () =>
    Effect.gen(function*() {
      const answer = yield* request("/broken")
      assert.strictEqual(answer.status, 500)
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.internal_error",
        title: "Internal error",
        status: 500,
        detail: "The server failed to answer this request. Quote the trace id when you report it.",
        instance: "/broken",
        code: "common.internal_error",
        number: -99,
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(server())))

  it.live("a defect is counted in the error registry, and told whole when details are on", () =>
    Effect.gen(function*() {
      const answer = yield* request("/broken")
      assert.strictEqual(answer.status, 500)
      assert.match(JSON.stringify(answer.body), /boom: the password is hunter2.*support\.ts/)
      const registry = yield* ErrorRegistry
      assert.deepStrictEqual(
        (yield* registry.counts).map(({ code, count }) => [code.name, count]),
        [["common.internal_error", 1]]
      )
    }).pipe(Effect.provide(server({ detailed: true }))))

  it.live("every answer carries the request id and the security headers", () =>
    Effect.gen(function*() {
      const kept = yield* request("/hello", { headers: { "x-request-id": "order-service:4711" } })
      assert.deepInclude(kept.headers, {
        "x-request-id": "order-service:4711",
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "no-referrer"
      })
      assert.notProperty(kept.headers, "server")
      assert.notProperty(kept.headers, "x-powered-by")
      for (const forged of ["short", "a b c d e f g h", `${"x".repeat(129)}`]) {
        const made = yield* request("/hello", { headers: { "x-request-id": forged } })
        assert.match(made.headers["x-request-id"] ?? "", /^[0-9a-f]{32}$/)
      }
    }).pipe(Effect.provide(server())))

  it.live("the trace id of the client comes back in the problem", () =>
    Effect.gen(function*() {
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const traceparent = (id: string) => ({ headers: { traceparent: `00-${id}-b7ad6b7169203331-01` } })
      assert.nestedPropertyVal((yield* request("/nowhere", traceparent(traceId))).body, "trace_id", traceId)
      const forged = yield* request("/nowhere", traceparent("0".repeat(32)))
      assert.notDeepInclude(forged.body, { trace_id: "0".repeat(32) })
    }).pipe(Effect.provide(server())))
})
