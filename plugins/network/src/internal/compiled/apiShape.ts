/**
 * What Effect's HttpApi keeps where its types do not show it: the handlers of a group beside its routes, in the context under the
 * group's key. Only place that knows this shape, and how an endpoint is cut down to a part of its work; everything read here
 * is checked, and what does not look as expected takes the general path.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import { hasProperty } from "effect/Predicate"

export type Route = HttpRouter.Route<unknown, unknown>

const isApi = (api: unknown): api is HttpApi.Top =>
  hasProperty(api, "groups") && hasProperty(api, "annotations") && Context.isContext(api.annotations)

/** What a handler is called with; members that the endpoint does not declare are absent. */
export interface Input {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly endpoint: HttpApiEndpoint.Top
  readonly group: HttpApiGroup.Top
  params?: unknown
  headers?: unknown
  query?: unknown
  payload?: unknown
}

export type Handler = (input: Input) => Effect.Effect<unknown, unknown, unknown>

/** One endpoint with its handler and the route that Effect made of both. */
export interface Served {
  readonly api: HttpApi.Top
  readonly group: HttpApiGroup.Top
  readonly endpoint: HttpApiEndpoint.Top
  readonly handler: Handler
  readonly route: Route
}

interface Runtime {
  readonly handler: Handler
  readonly isRaw: boolean
  readonly uninterruptible: boolean
}

const isHandler = (value: unknown): value is Handler => typeof value === "function"

const isRuntime = (value: unknown): value is Runtime =>
  hasProperty(value, "handler") && isHandler(value.handler) && hasProperty(value, "isRaw") &&
  hasProperty(value, "uninterruptible")

const isRoute = (value: unknown): value is Route =>
  hasProperty(value, "method") && hasProperty(value, "path") && hasProperty(value, "handler") &&
  Effect.isEffect(value.handler)

/** In both, Effect keeps the order in which the handlers were given. */
const servedBy = (api: HttpApi.Top, group: HttpApiGroup.Top, service: unknown): ReadonlyArray<Served> => {
  if (!hasProperty(service, "routes") || !Array.isArray(service.routes)) return []
  if (!hasProperty(service, "handlers") || !(service.handlers instanceof Map)) return []
  const routes: ReadonlyArray<unknown> = service.routes
  return [...service.handlers].flatMap(([identifier, runtime], index): ReadonlyArray<Served> => {
    const endpoint = group.endpoints[String(identifier)]
    const route = routes[index]
    if (endpoint === undefined || !isRuntime(runtime) || !isRoute(route)) return []
    if (runtime.isRaw || runtime.uninterruptible || route.method !== endpoint.method) return []
    return [{ api, group, endpoint, handler: runtime.handler, route }]
  })
}

/** The endpoints of an API whose handlers are in this context. */
export const servedIn = (api: unknown, context: Context.Context<never>): ReadonlyArray<Served> =>
  isApi(api)
    ? Object.values(api.groups).flatMap((group) => servedBy(api, group, context.mapUnsafe.get(group.key)))
    : []

type Part = Pick<HttpApiEndpoint.Top, "params" | "query" | "headers" | "payload" | "middlewares">

const withPart = ({ api, endpoint, group }: Served, part: Partial<Part>): HttpApi.Top => {
  const descriptors = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, { value }]))
  const cut: HttpApiEndpoint.Top = Object.create(endpoint, descriptors)
  const endpoints = { value: { [endpoint.identifier]: cut } }
  const groups = { value: { [group.identifier]: Object.create(group, { endpoints }) } }
  const whole: HttpApi.Top = Object.create(api, { groups })
  return whole
}

export type Answering = Effect.Effect<HttpServerResponse, never, unknown>

/**
 * Effect's own way from a request to its answer, with another handler and only these parts of the endpoint. `context` has the
 * services that its middleware asks for.
 */
const answering = (
  served: Served,
  part: Partial<Part>,
  handler: Handler,
  context: Context.Context<never>
): Answering => {
  const { endpoint, group } = served
  const made = HttpApiBuilder.endpoint(withPart(served, part), group.identifier, endpoint.identifier, handler)
  return Effect.runSyncWith(Context.makeUnsafe<unknown>(context.mapUnsafe))(made)
}

const noInput: Partial<Part> = { params: undefined, query: undefined, headers: undefined, payload: new Map() }

/** Only decodes; the handler gets the input. */
export const decoding = (served: Served, handler: Handler): Answering =>
  answering(served, { middlewares: new Set() }, handler, Context.empty())

/** Only encodes what this handler answers or fails with. */
export const encoding = (served: Served, handler: Handler): Answering =>
  answering(served, { ...noInput, middlewares: new Set() }, handler, Context.empty())

/** Only the middleware, around a handler that answers by itself, and the encoding of its failures. */
export const withMiddleware = (served: Served, handler: Handler, context: Context.Context<never>): Answering =>
  answering(served, noInput, handler, context)

/** Whether routes that are added here get middleware of their own (`HttpRouter.middleware`), which only the router applies. */
export const hasRouteMiddleware = (context: Context.Context<never>): boolean =>
  [...context.mapUnsafe.keys()].some((key) => key.startsWith("effect/http/HttpRouter/Middleware-"))
