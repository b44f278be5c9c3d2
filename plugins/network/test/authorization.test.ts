import { assert, describe, it } from "@effect/vitest"
import { Permissions, PermissionsUnavailable } from "@heptad/network"
import { bearer, layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { request, routes, server, stable } from "./support.ts"

const as = Effect.fnUntraced(function*(path: string, ...roles: ReadonlyArray<string>) {
  return yield* request(path, { headers: { authorization: yield* bearer({ sub: "alice", roles }) } })
})

const unavailable = routes.pipe(
  Layer.provide(
    Layer.succeed(Permissions, {
      allows: () => Effect.fail(new PermissionsUnavailable({ cause: new Error("database is away") }))
    })
  ),
  Layer.provideMerge(layerTest())
)

describe("authorization", () => {
  it.live("a principal with the permission gets in", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* as("/guarded/own", "clerk"), { status: 200, body: "alice" })
      assert.deepInclude(yield* as("/guarded/group", "clerk"), { status: 200, body: "alice" })
    }).pipe(Effect.provide(server())))

  it.live("without a token: 401 and the scheme to use", () =>
    Effect.gen(function*() {
      const answer = yield* request("/guarded/own")
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.headers["www-authenticate"], "Bearer realm=\"heptad\"")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:network.session_not_found",
        title: "Not authenticated",
        status: 401,
        detail: "This needs a token. Send the header: Authorization: Bearer <token>",
        instance: "/guarded/own",
        code: "network.session_not_found",
        number: -620,
        plugin: "network",
        trace_id: "<trace>"
      })
      assert.strictEqual((yield* request("/guarded/own", { headers: { authorization: "Basic YTpi" } })).status, 401)
    }).pipe(Effect.provide(server())))

  it.live("with a refused token: 401 and why", () =>
    Effect.gen(function*() {
      const answer = yield* request("/guarded/own", { headers: { authorization: "Bearer abc" } })
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(
        answer.headers["www-authenticate"],
        "Bearer realm=\"heptad\", error=\"invalid_token\", " +
          "error_description=\"The token is not a signed JSON Web Token. Send the token as it was issued.\""
      )
      const expired = yield* bearer({ sub: "alice", ttl: "0 seconds" })
      const late = yield* request("/guarded/own", { headers: { authorization: expired } })
      assert.deepInclude(late.body, { code: "network.session_expired", number: -621 })
    }).pipe(Effect.provide(server({ settings: { auth: { jwt: { leeway: "0s" } } } }))))

  it.live("without the permission: 403, which names it", () =>
    Effect.gen(function*() {
      const answer = yield* as("/guarded/group", "guest")
      assert.strictEqual(answer.status, 403)
      assert.notProperty(answer.headers, "www-authenticate")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.permission_denied",
        title: "Not allowed",
        status: 403,
        detail: "This needs the permission \"group:read\". Ask an administrator for a role that has it.",
        instance: "/guarded/group",
        code: "common.permission_denied",
        number: -3,
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(server())))

  it.live("an endpoint that names no permission is open to nobody", () =>
    Effect.gen(function*() {
      const answer = yield* as("/forgotten", "clerk")
      assert.strictEqual(answer.status, 403)
      assert.deepInclude(answer.body, {
        detail: "This endpoint names no permission, so nobody may use it. Its author has to annotate it."
      })
    }).pipe(Effect.provide(server())))

  it.live("when permissions cannot be checked: 503 with Retry-After, and nobody gets in", () =>
    Effect.gen(function*() {
      const answer = yield* as("/guarded/own", "clerk")
      assert.strictEqual(answer.status, 503)
      assert.strictEqual(answer.headers["retry-after"], "1")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:common.not_initialized",
        title: "Service unavailable",
        status: 503,
        detail: "Permissions cannot be checked at the moment. Try again later.",
        instance: "/guarded/own",
        code: "common.not_initialized",
        number: -6,
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(unavailable)))
})
