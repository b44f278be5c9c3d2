/** An API with one endpoint of every kind, its handlers, and the calls that are made to it. */
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Line = Schema.Struct({
  sku: Schema.NonEmptyString,
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
})

/** Encoded as it is. */
const Order = Schema.Struct({
  customer: Schema.NonEmptyString.check(Schema.isMaxLength(8)),
  // What has no JSON is a case of its own.
  // @effect-diagnostics-next-line schemaNumber:off
  total: Schema.Number,
  express: Schema.Boolean,
  currency: Schema.Literals(["EUR", "USD"]),
  note: Schema.optionalKey(Schema.String),
  lines: Schema.Array(Line)
})

class Point extends Schema.Class<Point>("Point")({ x: Schema.Finite, y: Schema.Finite }) {}

class Missing extends Schema.TaggedError<Missing>()("Missing", { id: Schema.String }, { httpApiStatus: 404 }) {
  override get message() {
    return `${this.id} is missing`
  }
}

class Locked extends Schema.TaggedError<Locked>()("Locked", {}, { httpApiStatus: 423 }) {
  override get message() {
    return "locked"
  }
}

class Greeting extends Context.Service<Greeting, string>()("@heptad/network/test/Greeting") {}

class Guest extends Context.Service<Guest, string>()("@heptad/network/test/Guest") {}

/** @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext */
export class Door extends HttpApiMiddleware.Service<Door, { provides: Guest }>()("@heptad/network/test/Door", {
  error: Locked,
  security: { bearer: HttpApiSecurity.bearer, key: HttpApiSecurity.apiKey({ key: "x-key", in: "header" }) }
}) {}

class Stamp extends HttpApiMiddleware.Service<Stamp>()("@heptad/network/test/Stamp") {}

/** Reads no more than 200 bytes, and turns a missing thing into another one. */
class Small extends HttpApiMiddleware.Service<Small>()("@heptad/network/test/Small", { error: Missing }) {}

const errorOnExcess = { onExcessProperty: "error" } as const

export const Api = HttpApi.make("conformance").add(
  HttpApiGroup.make("open").add(
    HttpApiEndpoint.get("text", "/text", { success: Schema.String.pipe(HttpApiSchema.asText()) }),
    HttpApiEndpoint.get("json", "/json", { success: Schema.String }),
    // What has no JSON is a case of its own.
    // @effect-diagnostics-next-line schemaNumber:off
    HttpApiEndpoint.get("number", "/number/:kind", { params: { kind: Schema.String }, success: Schema.Number }),
    HttpApiEndpoint.get("nothing", "/nothing"),
    HttpApiEndpoint.get("created", "/created", { success: Schema.String.pipe(HttpApiSchema.status(201)) }),
    HttpApiEndpoint.get("dated", "/dated", { success: Schema.Struct({ at: Schema.DateTimeUtcFromString }) }),
    HttpApiEndpoint.get("point", "/point", { success: Point }),
    HttpApiEndpoint.get("service", "/service", { success: Schema.String }),
    HttpApiEndpoint.get("later", "/later", { success: Schema.String }),
    HttpApiEndpoint.get("missing", "/missing/:id", {
      params: { id: Schema.NonEmptyString },
      success: Schema.String,
      error: Missing
    }),
    HttpApiEndpoint.get("broken", "/broken", { success: Schema.String }),
    HttpApiEndpoint.get("excess", "/excess", { success: Line }),
    HttpApiEndpoint.get("strictExcess", "/strict-excess", { success: Line }).annotate(
      HttpApi.SuccessParseOptions,
      errorOnExcess
    ),
    HttpApiEndpoint.get("unfit", "/unfit", { success: Line }),
    HttpApiEndpoint.get("raw", "/raw", { success: Schema.String }),
    HttpApiEndpoint.get("streamed", "/streamed", { success: Schema.String }),
    HttpApiEndpoint.get("cookie", "/cookie", { success: Schema.String }),
    HttpApiEndpoint.get("closed", "/closed", { success: Schema.String }),
    HttpApiEndpoint.get("query", "/query", {
      query: { limit: Schema.optionalKey(Schema.FiniteFromString) },
      success: Schema.Unknown
    }),
    HttpApiEndpoint.get("headers", "/headers", {
      headers: { "x-kind": Schema.NonEmptyString },
      success: Schema.String
    }),
    HttpApiEndpoint.post("order", "/orders", { payload: Order, success: Order }),
    HttpApiEndpoint.post("strictOrder", "/strict-orders", { payload: Order, success: Order }).annotate(
      HttpApi.PayloadParseOptions,
      errorOnExcess
    ),
    HttpApiEndpoint.put("nullable", "/nullable", { payload: Schema.NullOr(Schema.Boolean), success: Schema.Unknown }),
    HttpApiEndpoint.post("form", "/form", {
      payload: Schema.Struct({ a: Schema.String }).pipe(HttpApiSchema.asFormUrlEncoded()),
      success: Schema.String
    }),
    HttpApiEndpoint.post("bytes", "/bytes", {
      payload: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array()),
      success: Schema.Finite
    }),
    HttpApiEndpoint.post("again", "/again", { payload: Line, success: Schema.String })
  ),
  HttpApiGroup.make("guarded").add(
    HttpApiEndpoint.get("guest", "/guest", { success: Schema.String, error: Missing }),
    HttpApiEndpoint.post("guestOrder", "/guest-orders", { payload: Order, success: Order })
  ).middleware(Door).middleware(Stamp),
  HttpApiGroup.make("small").add(
    HttpApiEndpoint.post("smallOrder", "/small-orders", { payload: Order, success: Order, error: Missing })
  ).middleware(Small)
)

const line = { sku: "a", quantity: 1 }

/** A value with a member that its Schema does not name. */
const wide: typeof Line.Type = Object.assign({ surplus: true }, line)

const unfit: typeof Line.Type = { sku: "", quantity: 1 }

const numbers: Readonly<Record<string, number>> = { nan: Number.NaN, infinite: Number.POSITIVE_INFINITY }

const open = HttpApiBuilder.group(Api, "open", (handlers) =>
  Effect.map(Greeting, (greeting) =>
    handlers.handleAll({
      text: () => Effect.succeed("plain ä"),
      json: () => Effect.succeed("quoted \"ä\" \u2028"),
      number: ({ params }) => Effect.succeed(numbers[params.kind] ?? 1.5),
      nothing: () => Effect.void,
      created: () => Effect.succeed("new"),
      dated: () =>
        Effect.map(
          Effect.succeed("2026-11-26T00:00:00.000Z"),
          (at) => Schema.decodeSync(Schema.Struct({ at: Schema.DateTimeUtcFromString }))({ at })
        ),
      point: () => Effect.succeed(new Point({ x: 1, y: 2 })),
      service: () => Effect.succeed(greeting),
      later: () => Effect.as(Effect.yieldNow, "later"),
      missing: ({ params }) => Effect.fail(new Missing({ id: params.id })),
      broken: () => Effect.die(new Error("boom")),
      excess: () => Effect.succeed(wide),
      strictExcess: () => Effect.succeed(wide),
      unfit: () => Effect.succeed(unfit),
      raw: () =>
        Effect.succeed(Response.text("raw", { status: 202, headers: { "x-own": "1", "referrer-policy": "origin" } })),
      streamed: () => Effect.succeed(Response.stream(Stream.encodeText(Stream.make("one ", "two ", "three")))),
      cookie: () =>
        Effect.as(
          HttpEffect.appendPreResponseHandler((_request, response) =>
            Effect.orDie(Response.setCookie(response, "seen", "1"))
          ),
          "with a cookie"
        ),
      closed: () => Effect.as(Effect.addFinalizer(() => Effect.void), "closed"),
      query: ({ query }) => Effect.succeed(query),
      headers: ({ headers }) => Effect.succeed(headers["x-kind"]),
      order: ({ payload }) => Effect.succeed(payload),
      strictOrder: ({ payload }) => Effect.succeed(payload),
      nullable: ({ payload }) => Effect.succeed({ payload }),
      form: ({ payload }) => Effect.succeed(payload.a),
      bytes: ({ payload }) => Effect.succeed(payload.byteLength),
      again: ({ request }) =>
        Effect.orDie(
          Effect.map(
            Effect.all([
              request.text,
              HttpServerRequest.HttpServerRequest.pipe(Effect.flatMap(({ json }) => json))
            ]),
            (both) => JSON.stringify(both)
          )
        )
    }))).pipe(Layer.provide(Layer.succeed(Greeting, "a service of the group")))

const stamp = Layer.succeed(Stamp, (handler) => Effect.map(handler, Response.setHeader("x-stamp", "1")))

const door = Layer.succeed(Door, {
  bearer: (handler, options) =>
    Redacted.value(options.credential) === "open"
      ? Effect.provideService(handler, Guest, "by token")
      : Effect.fail(new Locked()),
  key: (handler, options) =>
    Redacted.value(options.credential) === "open"
      ? Effect.provideService(handler, Guest, "by key")
      : Effect.fail(new Locked())
})

const guarded = HttpApiBuilder.group(Api, "guarded", (handlers) =>
  handlers.handleAll({
    guest: () => Effect.filterOrFail(Guest, (guest) => guest !== "by key", (guest) => new Missing({ id: guest })),
    guestOrder: ({ payload }) => Effect.as(Guest, payload)
  })).pipe(Layer.provide(Layer.mergeAll(door, stamp)))

const isMissing = Schema.is(Missing)

const small = HttpApiBuilder.group(
  Api,
  "small",
  (handlers) =>
    handlers.handleAll({
      smallOrder: ({ payload }) =>
        payload.express ? Effect.succeed(payload) : Effect.fail(new Missing({ id: payload.customer }))
    })
).pipe(
  Layer.provide(Layer.succeed(Small, (handler) =>
    handler.pipe(
      Effect.mapError((error) => isMissing(error) ? new Missing({ id: `mapped ${error.id}` }) : error),
      Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(200))
    )))
)

export const handlers = Layer.mergeAll(open, guarded, small)

export interface Call {
  readonly name: string
  readonly path: string
  readonly init?: RequestInit
}

const order = {
  customer: "acme",
  total: 12.5,
  express: true,
  currency: "EUR",
  lines: [line, { sku: "b", quantity: 9 }]
}

const json = { "content-type": "application/json" }

const get = (path: string, headers: Record<string, string> = {}): Call => ({
  name: `GET ${path} ${JSON.stringify(headers)}`,
  path,
  init: { headers }
})

const send = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = json,
  method = "POST"
): Call => ({
  name: `${method} ${path} ${typeof body === "string" ? body.slice(0, 60) : "bytes"} ${JSON.stringify(headers)}`,
  path,
  init: { method, body, headers }
})

const posted = (path: string, value: unknown, headers?: Record<string, string>): Call =>
  send(path, JSON.stringify(value), headers)

const bearer = { authorization: "Bearer open" }

const gets = [
  "/text",
  "/json",
  "/number/one",
  "/number/nan",
  "/number/infinite",
  "/nothing",
  "/created",
  "/dated",
  "/point",
  "/service",
  "/later",
  "/missing/1",
  "/missing/a%2Fb",
  "/missing/%E4",
  "/broken",
  "/excess",
  "/strict-excess",
  "/unfit",
  "/raw",
  "/streamed",
  "/cookie",
  "/closed",
  "/query",
  "/query?limit=5",
  "/query?limit=x",
  "/text?a=1",
  "/text/",
  "//text",
  "/TEXT",
  "/te%78t",
  "/nowhere",
  "/orders",
  "/text;a=1"
]

const orders: ReadonlyArray<unknown> = [
  order,
  { ...order, note: "n" },
  { ...order, note: null },
  { ...order, surplus: 1 },
  { ...order, lines: [{ ...line, surplus: 1 }] },
  { ...order, customer: "" },
  { ...order, customer: "far too long" },
  { ...order, total: "NaN" },
  { ...order, total: "12" },
  { ...order, currency: "GBP" },
  { ...order, lines: [{ sku: "a", quantity: 0 }] },
  { ...order, lines: [{ sku: "a", quantity: 1.5 }] },
  { ...order, lines: {} },
  [order],
  null,
  "text",
  { ...order, total: 1e300 }
]

export const calls: ReadonlyArray<Call> = [
  ...gets.map((path) => get(path)),
  { name: "HEAD /text", path: "/text", init: { method: "HEAD" } },
  { name: "HEAD /streamed", path: "/streamed", init: { method: "HEAD" } },
  get("/headers"),
  get("/headers", { "x-kind": "k" }),
  ...orders.flatMap((value) => [posted("/orders", value), posted("/strict-orders", value)]),
  send("/orders", "{\"customer\":"),
  send("/orders", ""),
  send("/orders", JSON.stringify(order), {}),
  send("/orders", JSON.stringify(order), { "content-type": "application/json; charset=utf-8" }),
  send("/orders", JSON.stringify(order), { "content-type": "APPLICATION/JSON" }),
  send("/orders", JSON.stringify(order), { "content-type": "text/plain" }),
  send("/orders", `\uFEFF${JSON.stringify(order)}`),
  send("/orders", `{"__proto__":{"customer":"x"},${JSON.stringify(order).slice(1)}`),
  send("/strict-orders", `{"__proto__":{"customer":"x"},${JSON.stringify(order).slice(1)}`),
  send("/orders", `{"customer":"first",${JSON.stringify(order).slice(1)}`),
  send("/orders", Uint8Array.from([123, 34, 0xff, 0xfe, 34, 125])),
  send("/nullable", "", json, "PUT"),
  send("/nullable", "null", json, "PUT"),
  send("/nullable", "true", json, "PUT"),
  send("/form", "a=1&b=2", { "content-type": "application/x-www-form-urlencoded" }),
  send("/bytes", Uint8Array.from([1, 2, 3]), { "content-type": "application/octet-stream" }),
  posted("/again", line),
  posted("/small-orders", order),
  posted("/small-orders", { ...order, express: false }),
  posted("/small-orders", { ...order, express: false, surplus: 1 }),
  posted("/small-orders", { ...order, customer: "" }),
  posted("/small-orders", { ...order, note: "n".repeat(200) }),
  posted("/small-orders", { ...order, customer: "", note: "n".repeat(200) }),
  get("/guest"),
  get("/guest", bearer),
  get("/guest", { authorization: "Bearer shut" }),
  get("/guest", { "x-key": "open" }),
  posted("/guest-orders", order, { ...json, ...bearer }),
  posted("/guest-orders", { ...order, customer: "" }, { ...json, ...bearer }),
  posted("/guest-orders", { ...order, customer: "" })
]
