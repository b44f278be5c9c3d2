/** A small API, and clients that speak to it by `fetch` and by raw sockets. */
import { Authorization, CompiledApi, Network, Principal, Problem, RequiredPermission } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as net from "node:net"

export class ThingGone extends Schema.TaggedError<ThingGone>()("ThingGone", { id: Schema.String }) {
  override get message() {
    return `Thing ${this.id} is gone. Take another one.`
  }
}

const Thing = Schema.Struct({ name: Schema.String, lines: Schema.Array(Schema.Struct({ quantity: Schema.Int })) })

const Api = HttpApi.make("things").add(
  HttpApiGroup.make("things").add(
    HttpApiEndpoint.post("make", "/things", { payload: Thing, success: Schema.String }),
    HttpApiEndpoint.get("find", "/things/:id", {
      params: { id: Schema.String },
      query: { limit: Schema.optionalKey(Schema.FiniteFromString) },
      headers: { "if-match": Schema.optionalKey(Schema.NonEmptyString.check(Schema.isMaxLength(5))) },
      success: Schema.String,
      error: Problem.of(ThingGone, "common.not_found", { title: "No such thing", plugin: "things" })
    }),
    HttpApiEndpoint.get("waiting", "/waiting", { success: Schema.String }),
    HttpApiEndpoint.get("broken", "/broken", { success: Schema.String })
  ),
  HttpApiGroup.make("guarded").add(
    HttpApiEndpoint.get("own", "/guarded/own", { success: Schema.String }).annotate(RequiredPermission, "own:read"),
    HttpApiEndpoint.get("group", "/guarded/group", { success: Schema.String })
  ).annotate(RequiredPermission, "group:read").middleware(Authorization),
  HttpApiGroup.make("forgotten").add(
    HttpApiEndpoint.get("forgotten", "/forgotten", { success: Schema.String })
  ).middleware(Authorization)
).annotate(HttpApi.ParseOptions, { errors: "all", onExcessProperty: "error" }).annotate(HttpApi.HeadersParseOptions, {})

const boom = new Error("boom: the password is hunter2")

const subject = Effect.map(Principal, (principal) => principal.subject)

const things = HttpApiBuilder.group(Api, "things", (handlers) =>
  handlers.handleAll({
    make: ({ payload }) => Effect.succeed(payload.name),
    find: ({ params }) => params.id === "1" ? Effect.succeed("one") : Effect.fail(new ThingGone({ id: params.id })),
    waiting: () => Effect.never,
    broken: () => Effect.die(boom)
  }))

const guarded = HttpApiBuilder.group(
  Api,
  "guarded",
  (handlers) => handlers.handleAll({ own: () => subject, group: () => subject })
)

const forgotten = HttpApiBuilder.group(Api, "forgotten", (handlers) => handlers.handleAll({ forgotten: () => subject }))

const received = (bytes: number) => Response.text(`received ${bytes}`)

/** Routes without a definition: bodies read in both ways, and an answer that never ends. */
const raw = Layer.mergeAll(
  HttpRouter.add("GET", "/hello", Response.text("hello")),
  HttpRouter.add("*", "/never", Effect.never),
  HttpRouter.add("GET", "/varying", Response.text("various", { headers: { vary: "Accept" } })),
  HttpRouter.add(
    "GET",
    "/page",
    Response.setHeader(Response.html("<p>"), "content-security-policy", "default-src 'none'")
  ),
  HttpRouter.add("GET", "/large", Response.uint8Array(new Uint8Array(64 * 1024 * 1024))),
  HttpRouter.add(
    "POST",
    "/buffered",
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.orDie(Effect.map(request.arrayBuffer, (body) => received(body.byteLength)))
  ),
  HttpRouter.add(
    "POST",
    "/modest",
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.orDie(Effect.map(request.text, ({ length }) => received(length))).pipe(
        Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(10))
      )
  ),
  HttpRouter.add(
    "POST",
    "/seen",
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.orDie(
        Effect.map(request.text, ({ length }) =>
          Response.text(`${request.headers["content-encoding"]} ${request.headers["content-length"]} ${length}`))
      )
  ),
  HttpRouter.add(
    "POST",
    "/streamed",
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.orDie(
        Effect.map(Stream.runFold(request.stream, () => 0, (sum, chunk) => sum + chunk.byteLength), received)
      )
  )
)

/** The routes of the API, for any network. */
export const routes = Layer.mergeAll(
  CompiledApi.layer(Api).pipe(
    Layer.provide([things, Layer.mergeAll(guarded, forgotten).pipe(Layer.provide(Authorization.layer))])
  ),
  raw
)

export const server = (options: Parameters<typeof layerTest>[0] = {}) =>
  routes.pipe(Layer.provideMerge(layerTest({ roles: { clerk: ["own:read", "group:read"] }, ...options })))

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const json = (text: string): unknown => text.startsWith("{") || text.startsWith("\"") ? JSON.parse(text) : text

/** One request by `fetch`. */
export const request = Effect.fnUntraced(function*(path: string, init: RequestInit = {}) {
  const { address } = yield* Network
  const response = yield* Effect.promise(() => fetch(address.url + path, init))
  const text = yield* Effect.promise(() => response.text())
  const answer: Answer = { status: response.status, headers: Object.fromEntries(response.headers), body: json(text) }
  return answer
})

export const parse = (text: string): Answer => {
  const [head = "", ...rest] = text.split("\r\n\r\n")
  const [status = "", ...lines] = head.split("\r\n")
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return {
    status: Number(status.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: json(rest.join("\r\n\r\n"))
  }
}

/** Writes the bytes and answers everything that comes back until the server closes the connection. */
export const converse = Effect.fnUntraced(function*(...parts: ReadonlyArray<string>) {
  const { address } = yield* Network
  return yield* Effect.callback<string>((resume) => {
    const socket = net.connect(address.port, address.host)
    let text = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => {
      text += String(chunk)
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(text)))
    for (const part of parts) socket.write(part, "latin1")
    return Effect.sync(() => socket.destroy())
  })
})

/** A problem without what differs between runs; asserts that the rest is there. */
export const stable = ({ body }: Answer): unknown => {
  if (typeof body !== "object" || body === null) return body
  const { trace_id, ...rest } = { trace_id: undefined, ...body }
  return { ...rest, trace_id: typeof trace_id === "string" && /^[0-9a-f]{32}$/.test(trace_id) ? "<trace>" : trace_id }
}

/** Asks again until the answer is yes; the timeout of the test is the deadline. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(condition, { until: (met) => met, schedule: Schedule.spaced("10 millis") })
