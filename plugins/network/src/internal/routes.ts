/**
 * Effect's router, plus what its interface does not tell: which methods a path answers (for 405, `Allow` and OPTIONS), and which
 * routes are compiled endpoints. Only user of Effect's unstable FindMyWay module.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FindMyWay from "effect/http/FindMyWay"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { hasRouteMiddleware, type Route, servedIn } from "./compiled/apiShape.ts"
import type { Found, Ready } from "./compiled/begin.ts"
import { compile, type Endpoint } from "./compiled/endpoints.ts"

export interface Routes {
  readonly router: HttpRouter.HttpRouter
  /** Methods that the path of `url` answers, in the form of an `Allow` header; empty when no route has this path. */
  readonly allow: (url: string) => string
  /** Puts the endpoints that can be compiled into their places; the routes are complete by now. */
  readonly open: (ready: (endpoint: Endpoint) => Ready) => void
  /** The compiled endpoint that answers; undefined where the router does. */
  readonly find: (method: string, url: string) => Found | undefined
  /** Method and path template of every route; the method is `*` where it answers all. */
  readonly all: () => ReadonlyArray<string>
  /** Method and path template of the route of a request; empty where no route has its path. */
  readonly template: (method: string, url: string) => string
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS"]

const isPath = (path: string): path is FindMyWay.PathInput => path === "*" || path.startsWith("/")

/** A route as the router knows it; the route of a prefix or of middleware is another one than the endpoint's. */
interface Entry {
  readonly route: Route | undefined
  readonly path: string
}

type Saw = (method: string, path: string, route: Route | undefined) => void

/** APIs whose endpoints may be compiled, by the router that they were added to. */
const compilers = new WeakMap<HttpRouter.HttpRouter, (api: unknown, context: Context.Context<never>) => void>()

/** Tells the router of network which API its routes belong to; another router has no use for it. */
export const announce = (router: HttpRouter.HttpRouter, api: unknown, context: Context.Context<never>): void =>
  compilers.get(router)?.(api, context)

/** A router that tells `saw` about every route before it takes it. */
const watched = (router: HttpRouter.HttpRouter, saw: Saw): HttpRouter.HttpRouter => ({
  ...router,
  add: (method, path, handler, options) => {
    saw(method, path, undefined)
    return router.add(method, path, handler, options)
  },
  addAll: (routes) =>
    Effect.contextWith((context: Context.Context<never>) => {
      const bare = !hasRouteMiddleware(context)
      routes.forEach((route) => saw(route.method, route.path, bare ? route : undefined))
      return router.addAll(routes)
    }),
  prefixed: (prefix) =>
    watched(router.prefixed(prefix), (method, path) => saw(method, HttpRouter.prefixPath(path, prefix), undefined))
})

/** Only characters that mean themselves in a path: what is written so matches by equality. */
const isPlain = (path: string): boolean => /^(?:\/[\w.~-]+)+$|^\/$/.test(path)

const noQuery = {}

/** Exact paths, and what each leads to: found before the tree is asked. */
type Statics = Map<string, Map<string, Found>>

const contextOf = ({ context, endpoint: { route } }: Ready, params: object, search: object): Context.Context<unknown> =>
  Context.add(
    Context.add(context, HttpRouter.RouteContext, { route, params: { ...params } }),
    HttpServerRequest.ParsedSearchParams,
    { ...search }
  )

export const make: Effect.Effect<Routes> = Effect.gen(function*() {
  const router = yield* HttpRouter.make
  const config = yield* HttpRouter.RouterConfig
  const table = FindMyWay.make<Entry>(config)
  const endpoints = new Map<Route, Endpoint>()
  const readies = new Map<Route, Ready>()
  const statics: Statics = new Map()
  const seen = new Map<string, number>()
  let compiles = true

  const learn: Saw = (method, path, route) => {
    if (!isPath(path)) return
    const entry = { route, path }
    if (method === "*") table.all(path, entry)
    else table.on(method, path, entry)
    seen.set(`${method} ${path}`, (seen.get(`${method} ${path}`) ?? 0) + 1)
    if (path !== "*" && path.endsWith("/*")) learn(method, path.slice(0, -2), undefined)
  }

  /** The router answers HEAD by GET routes, and network answers OPTIONS for every known path. */
  const answers = (method: string, url: string): boolean =>
    table.find(method, url) !== undefined || (method === "HEAD" && table.find("GET", url) !== undefined)

  const allow = (url: string): string => {
    const found = methods.filter((method) => answers(method, url))
    return found.length === 0 || found.includes("OPTIONS") ? found.join(", ") : [...found, "OPTIONS"].join(", ")
  }

  const open: Routes["open"] = (ready) => {
    if (!compiles) return
    for (const [route, endpoint] of endpoints) {
      const made = ready(endpoint)
      readies.set(route, made)
      if (!isPlain(route.path) || seen.get(`${route.method} ${route.path}`) !== 1) continue
      const paths = statics.get(route.method) ?? new Map<string, Found>()
      statics.set(route.method, paths.set(route.path, { ready: made, context: contextOf(made, noQuery, noQuery) }))
    }
  }

  const inTree = (method: string, url: string): Found | undefined => {
    const result = url.startsWith("/") && readies.size > 0 ? table.find(method, url) : undefined
    const ready = result?.handler.route === undefined ? undefined : readies.get(result.handler.route)
    return result === undefined || ready === undefined
      ? undefined
      : { ready, context: contextOf(ready, result.params, result.searchParams) }
  }

  const template: Routes["template"] = (method, url) => {
    const found = url.startsWith("/") ? table.find(method === "HEAD" ? "GET" : method, url) : undefined
    return found === undefined ? "" : `${method} ${found.handler.path}`
  }

  const find: Routes["find"] = (method, url) => statics.get(method)?.get(url) ?? inTree(method, url)

  const plain = watched(router, learn)
  const full: HttpRouter.HttpRouter = {
    ...plain,
    addGlobalMiddleware: (middleware) => {
      compiles = false
      return router.addGlobalMiddleware(middleware)
    }
  }
  compilers.set(full, (api, context) =>
    servedIn(api, context).forEach((served) => {
      const endpoint = compile(served)
      if (endpoint !== undefined) endpoints.set(served.route, endpoint)
    }))
  return { router: full, allow, open, find, template, all: () => [...seen.keys()] }
})
