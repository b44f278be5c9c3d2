/**
 * Effect's router, plus what its interface does not tell: which methods a path answers (for 405, `Allow` and OPTIONS). Only
 * user of Effect's unstable FindMyWay module.
 */
import * as Effect from "effect/Effect"
import * as FindMyWay from "effect/http/FindMyWay"
import * as HttpRouter from "effect/http/HttpRouter"

export interface Routes {
  readonly router: HttpRouter.HttpRouter
  /** Methods that the path of `url` answers, in the form of an `Allow` header; empty when no route has this path. */
  readonly allow: (url: string) => string
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS"]

const isPath = (path: string): path is FindMyWay.PathInput => path === "*" || path.startsWith("/")

type Saw = (method: string, path: string) => void

/** A router that tells `saw` about every route before it takes it. */
const watched = (router: HttpRouter.HttpRouter, saw: Saw): HttpRouter.HttpRouter => ({
  ...router,
  add: (method, path, handler, options) => {
    saw(method, path)
    return router.add(method, path, handler, options)
  },
  addAll: (routes) => {
    routes.forEach(({ method, path }) => saw(method, path))
    return router.addAll(routes)
  },
  prefixed: (prefix) =>
    watched(router.prefixed(prefix), (method, path) => saw(method, HttpRouter.prefixPath(path, prefix)))
})

export const make: Effect.Effect<Routes> = Effect.gen(function*() {
  const router = yield* HttpRouter.make
  const table = FindMyWay.make<true>(yield* HttpRouter.RouterConfig)

  const learn = (method: string, path: string): void => {
    if (!isPath(path)) return
    if (method === "*") table.all(path, true)
    else table.on(method, path, true)
    if (path !== "*" && path.endsWith("/*")) learn(method, path.slice(0, -2))
  }

  /** The router answers HEAD by GET routes, and network answers OPTIONS for every known path. */
  const answers = (method: string, url: string): boolean =>
    table.find(method, url) !== undefined || (method === "HEAD" && table.find("GET", url) !== undefined)

  const allow = (url: string): string => {
    const found = methods.filter((method) => answers(method, url))
    return found.length === 0 || found.includes("OPTIONS") ? found.join(", ") : [...found, "OPTIONS"].join(", ")
  }

  return { router: watched(router, learn), allow }
})
