/** Who asks, by each proof that the settings accept, before endpoints and before routes. */
import { assert, describe, it } from "@effect/vitest"
import { Authorization, Guard, Network, Principal } from "@heptad/network"
import { bearer, layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import fc from "fast-check"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as https from "node:https"
import { fileURLToPath } from "node:url"
import { answers, folder, forge, issuer, jwk, jwks, refusedChange, rsa } from "./signing.ts"
import { type Answer, request, routes as endpoints, stable, until } from "./support.ts"

const hashOf = (key: string) => `sha256:${createHash("sha256").update(key).digest("hex")}`

const [key, expired, other] = ["hk_reports_good", "hk_reports_expired", "hk_reports_other"]

const keys = [
  { id: "reports", hash: hashOf(key), subject: "reports", roles: ["clerk"] },
  { id: "old", hash: hashOf(expired), subject: "reports", roles: ["clerk"], expires_at: "2020-01-01T00:00:00Z" }
]

const who = Effect.map(Principal, ({ claims, method, subject }) => Response.jsonUnsafe({ subject, method, claims }))

/** The endpoints of the other tests, and routes. */
const routes = Layer.mergeAll(
  endpoints,
  HttpRouter.add("GET", "/route/:id", Authorization.require("own:read")(who)).pipe(
    HttpRouter.provideRequest(Guard.layer)
  )
)

const server = (settings: NonNullable<Parameters<typeof layerTest>[0]>["settings"] = {}) =>
  routes.pipe(Layer.provideMerge(layerTest({ roles: { clerk: ["own:read", "group:read"] }, settings })))

const withKeys = server({ auth: { api_keys: { keys } } })

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) => request(path, { headers })

const paths = ["/guarded/own", "/route/1"]

/** The same without what differs between two paths. */
const comparable = (answer: Answer) => ({
  status: answer.status,
  challenge: answer.headers["www-authenticate"],
  body: JSON.stringify(stable(answer)).replace(/"instance":"[^"]*"/, "")
})

describe("API keys", () => {
  it.live("a known key is its subject with its roles", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* ask("/guarded/own", { "x-api-key": key }), { status: 200, body: "reports" })
      assert.deepStrictEqual((yield* ask("/route/1", { "X-API-Key": key })).body, {
        subject: "reports",
        method: "api_key",
        claims: { key_id: "reports" }
      })
    }).pipe(Effect.provide(withKeys)))

  it.live("an unknown, an expired and a too long one get 401 and why", () =>
    Effect.gen(function*() {
      const unknown = yield* ask("/guarded/own", { "x-api-key": other })
      assert.deepInclude(unknown, { status: 401 })
      assert.deepInclude(unknown.body, {
        code: "network.session_invalid",
        detail: "The API key is not known. Send the key as it was made, or ask for a new one."
      })
      assert.strictEqual(
        unknown.headers["www-authenticate"],
        `Bearer realm="heptad", ApiKey realm="heptad", header="X-API-Key", error="invalid_key", error_description=` +
          `"The API key is not known. Send the key as it was made, or ask for a new one."`
      )
      const late = yield* ask("/guarded/own", { "x-api-key": expired })
      assert.deepInclude(late.body, {
        code: "network.session_expired",
        detail: "The API key has expired. Ask for a new one."
      })
      assert.strictEqual((yield* ask("/guarded/own", { "x-api-key": "x".repeat(4000) })).status, 401)
      assert.strictEqual((yield* ask("/guarded/own", { "x-api-key": hashOf(key) })).status, 401)
      const nothing = yield* ask("/guarded/own")
      assert.strictEqual(
        nothing.headers["www-authenticate"],
        `Bearer realm="heptad", ApiKey realm="heptad", header="X-API-Key"`
      )
    }).pipe(Effect.provide(withKeys)))

  it.live("a refused token is not made good by a key beside it", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask("/guarded/own", { authorization: "Bearer abc", "x-api-key": key })).status, 401)
      const authorization = yield* bearer({ sub: "alice", roles: ["clerk"] })
      assert.deepInclude(yield* ask("/guarded/own", { authorization, "x-api-key": other }), {
        status: 200,
        body: "alice"
      })
    }).pipe(Effect.provide(withKeys)))

  it.live("without keys in the settings the header means nothing", () =>
    Effect.gen(function*() {
      const answer = yield* ask("/guarded/own", { "x-api-key": key })
      assert.deepInclude(answer.body, { code: "network.session_not_found" })
      assert.strictEqual(answer.headers["www-authenticate"], `Bearer realm="heptad"`)
    }).pipe(Effect.provide(server())))

  it.live("a file of keys is read again, and a broken one leaves the keys as they are", () =>
    Effect.gen(function*() {
      const write = yield* folder
      const file = write("keys.yaml", `- { id: a, hash: "${hashOf(key)}", subject: reports, roles: [clerk] }\n`)
      yield* Effect.gen(function*() {
        const statuses = Effect.map(
          Effect.all([ask("/guarded/own", { "x-api-key": key }), ask("/guarded/own", { "x-api-key": other })]),
          (all) => all.map(({ status }) => status).join()
        )
        assert.strictEqual(yield* statuses, "200,401")
        yield* refusedChange(() => write("keys.yaml", `- { id: a, hash: "sha256:short", subject: reports }\n`))
        assert.strictEqual(yield* statuses, "200,401")
        write("keys.yaml", JSON.stringify([{ id: "b", hash: hashOf(other), subject: "reports", roles: ["clerk"] }]))
        yield* until(Effect.map(statuses, (found) => found === "401,200"))
      }).pipe(Effect.provide(server({ auth: { api_keys: { file }, jwt: { key_files_interval: "10ms" } } })))
    }).pipe(Effect.scoped))

  it.live("no random key is accepted, and none is a defect", () =>
    Effect.gen(function*() {
      const context = yield* Layer.build(withKeys)
      const run = Effect.runPromiseWith(context)
      const header = fc.oneof(
        fc.string({ maxLength: 600 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "").trim()),
        fc.tuple(fc.nat(key.length - 1), fc.integer({ min: 0, max: 15 })).map(([at, digit]) =>
          key.slice(0, at) + digit.toString(16) + key.slice(at + 1)
        )
      ).filter((text) => text !== key)
      const refused = (text: string) =>
        run(ask("/route/1", { "x-api-key": text, authorization: text })).then(({ status }) =>
          assert.strictEqual(status, 401)
        )
      yield* Effect.promise(() => fc.assert(fc.asyncProperty(header, refused), { numRuns: 300 }))
    }).pipe(Effect.scoped))
})

describe("a route behind Authorization.require", () => {
  it.live("answers as an endpoint does, whatever is wrong", () =>
    Effect.gen(function*() {
      const token = yield* bearer({ sub: "alice", roles: ["clerk"] })
      assert.deepInclude((yield* ask("/route/1", { authorization: token })).body, { subject: "alice", method: "jwt" })
      const refused = [
        {},
        { authorization: "Bearer abc" },
        { authorization: "Basic YTpi" },
        { authorization: yield* bearer({ sub: "alice", roles: ["clerk"], ttl: "-1 hour" }) },
        { authorization: yield* bearer({ sub: "alice", roles: ["guest"] }) }
      ]
      const seen = yield* Effect.forEach(refused, (headers) =>
        Effect.forEach(paths, (path) => Effect.map(ask(path, headers), comparable)))
      for (const [endpoint, route] of seen) {
        assert.deepStrictEqual(route, endpoint)
      }
      assert.deepStrictEqual(
        seen.map(([endpoint]) =>
          endpoint?.status
        ),
        [401, 401, 401, 401, 403]
      )
    }).pipe(Effect.provide(server())))
})

it.live("when the issuer's keys cannot be had: 503 with Retry-After, and nobody gets in", () =>
  Effect.gen(function*() {
    const made = yield* issuer(answers("down", 500))
    const authorization = `Bearer ${forge("RS256", rsa.privateKey)}`
    yield* Effect.gen(function*() {
      for (const path of paths) {
        const answer = yield* ask(path, { authorization })
        assert.deepInclude(answer, { status: 503 })
        assert.strictEqual(answer.headers["retry-after"], "1")
        assert.deepInclude(answer.body, {
          code: "common.not_initialized",
          detail: "The keys of the issuer cannot be had at the moment. Try again later."
        })
      }
      made.answer = answers(jwks(jwk(rsa)))
      yield* until(Effect.map(ask("/guarded/own", { authorization }), ({ status }) => status === 403))
    }).pipe(Effect.provide(server({ auth: { jwt: { jwks_url: made.url, jwks_cooldown: "10ms" } } })))
  }).pipe(Effect.scoped))

describe("client certificates", () => {
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
  const pem = (name: string) => readFileSync(fixture(name), "utf8")
  const ca = pem("localhost.cert.pem")
  const client = { cert: pem("client.cert.pem"), key: pem("client.key.pem") }
  const odd = { cert: pem("odd.cert.pem"), key: pem("odd.key.pem") }

  const get = Effect.fnUntraced(function*(options: https.RequestOptions) {
    const { port } = (yield* Network).address
    return yield* Effect.callback<string, Error>((resume) => {
      https.get({ host: "127.0.0.1", port, path: "/route/1", ca, agent: false, ...options }, (response) => {
        response.setEncoding("utf8").on("data", (text) => resume(Effect.succeed(`${response.statusCode} ${text}`)))
      }).on("error", (error) => resume(Effect.fail(error)))
    })
  })

  /** What two clients are told. */
  const seen = (mtls: Readonly<Record<string, unknown>>, verify_client = true) =>
    Effect.gen(function*() {
      const ca_file = (yield* folder)("ca.pem", client.cert + odd.cert)
      const files = { cert_file: fixture("localhost.cert.pem"), key_file: fixture("localhost.key.pem"), ca_file }
      const layer = HttpRouter.add("GET", "/route/1", Authorization.require("own:read")(who)).pipe(
        HttpRouter.provideRequest(Guard.layer),
        Layer.provideMerge(layerTest({
          roles: { clerk: ["own:read"] },
          settings: { tls: { enabled: true, verify_client, ...files }, auth: { mtls } }
        }))
      )
      const told = (text: string) => String(JSON.parse(text.slice(4)).detail)
      return yield* Effect.provide(Effect.map(Effect.all([get(client), get(odd)]), (all) => all.map(told)), layer)
    }).pipe(Effect.scoped)

  const nobody = "The client certificate stands for nobody here. Use one that this server knows."
  const clerk = `This needs the permission "own:read". Ask an administrator for a role that has it.`
  const missing = "This needs a token. Send the header: Authorization: Bearer <token>"

  it.live("the chosen name says who asks; several or none of the kind say nobody", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* seen({ enabled: true }), [clerk, nobody])
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "uri" }), [clerk, nobody])
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "email" }), [clerk, nobody])
    }))

  it.live("with a table only its names stand for somebody", () =>
    Effect.gen(function*() {
      const subjects = { "spiffe://example.org/billing": "billing" }
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "uri", subjects }), [clerk, nobody])
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "common_name", subjects }), [nobody, nobody])
      // A name that only looks like two names in the text that Node makes of it.
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "dns", subjects }), [nobody, nobody])
      const dns = { "evil, URI:spiffe://example.org/billing": "evil" }
      assert.deepStrictEqual(yield* seen({ enabled: true, subject: "dns", subjects: dns }), [nobody, clerk])
    }))

  it.live("nothing is believed where it is off, or where certificates are not verified", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* seen({}), [missing, missing])
      assert.deepStrictEqual(yield* seen({ enabled: true }, false), [missing, missing])
    }))
})

describe("what operators see", () => {
  interface Line {
    readonly message: string
    readonly level: string
    readonly annotations: Readonly<Record<string, unknown>>
  }

  const capturing = (lines: Array<Line>) =>
    Logger.layer([
      Logger.make(({ fiber, logLevel, message }) => {
        const { request_id: _, ...annotations } = fiber.getRef(References.CurrentLogAnnotations)
        if (annotations["logger"] === "audit") lines.push({ message: String(message), level: logLevel, annotations })
      })
    ])

  const count = (id: string, name: string, value: string) =>
    Effect.map(Metric.snapshot, (series) =>
      series.filter((each) => each.id === id && each.attributes?.[name] === value)
        .reduce((sum, { state }) => sum + ("count" in state ? Number(state.count) : 0), 0))

  it.live("a line and a count for each denial, and for grants where that is set; refused credentials once per burst", () => {
    const lines: Array<Line> = []
    const run = (settings: Parameters<typeof server>[0]) =>
      Effect.gen(function*() {
        const clerk = yield* bearer({ sub: "alice", roles: ["clerk"] })
        const guest = yield* bearer({ sub: "bob", roles: ["guest"] })
        yield* ask("/route/7", { authorization: clerk })
        yield* ask("/guarded/own", { authorization: guest })
        yield* ask("/forgotten", { authorization: clerk })
        yield* ask("/guarded/own")
        yield* ask("/guarded/own", { authorization: "Bearer abc" })
        yield* ask("/guarded/own", { authorization: "Bearer abc" })
      }).pipe(Effect.provide(server(settings).pipe(Layer.provideMerge(capturing(lines)))))
    return Effect.gen(function*() {
      const figures = Effect.all([
        count("authorization_decisions_total", "outcome", "granted"),
        count("authorization_decisions_total", "outcome", "denied"),
        count("auth_failures_total", "reason", "missing"),
        count("auth_failures_total", "reason", "malformed")
      ])
      const before = yield* figures
      yield* run({})
      assert.deepStrictEqual((yield* figures).map((each, at) => each - (before[at] ?? 0)), [1, 2, 1, 2])
      const denials: ReadonlyArray<Line> = [
        {
          message: "authorization",
          level: "Warn",
          annotations: {
            logger: "audit",
            outcome: "denied",
            subject: "bob",
            method: "jwt",
            permission: "own:read",
            reason: "no role of the subject has it",
            route: "/guarded/own"
          }
        },
        {
          message: "authorization",
          level: "Warn",
          annotations: {
            logger: "audit",
            outcome: "denied",
            subject: "alice",
            method: "jwt",
            permission: "",
            reason: "the endpoint names no permission",
            route: "/forgotten"
          }
        }
      ]
      const refusal: Line = {
        message: "a credential was refused",
        level: "Warn",
        annotations: { logger: "audit", reason: "malformed", refused_before: 0 }
      }
      assert.deepStrictEqual(lines.splice(0), [...denials, refusal])
      yield* run({ auth: { log_grants: true } })
      const grant: Line = {
        message: "authorization",
        level: "Info",
        annotations: {
          logger: "audit",
          outcome: "granted",
          subject: "alice",
          method: "jwt",
          permission: "own:read",
          reason: "a role has it",
          route: "/route/:id"
        }
      }
      assert.deepStrictEqual(lines, [grant, ...denials, refusal])
    })
  })
})
