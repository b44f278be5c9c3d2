/** Routes as settings name them: `POST /orders`, `/orders/:id` for every method, `/admin/*` for everything below. Pure. */

interface Pattern {
  /** Absent where every method is meant. */
  readonly method: string | undefined
  readonly path: string
}

const read = (text: string): Pattern => {
  const space = text.indexOf(" ")
  return space < 0
    ? { method: undefined, path: text }
    : { method: text.slice(0, space), path: text.slice(space + 1) }
}

const hasMethod = (pattern: Pattern, { method }: Pattern): boolean =>
  pattern.method === undefined || pattern.method === method || method === "*" ||
  // What answers GET answers HEAD.
  (pattern.method === "GET" && method === "HEAD")

const isAbove = (path: string, below: string): boolean =>
  path.endsWith("/*") && below !== "" && (below.startsWith(path.slice(0, -1)) || below === path.slice(0, -2))

/** Higher is more exact: the path itself, then the longest path above it; with its method before without. */
const exactness = (pattern: Pattern, route: Pattern): number => {
  if (!hasMethod(pattern, route)) return 0
  const path = pattern.path === route.path ? 1e6 : isAbove(pattern.path, route.path) ? pattern.path.length : 0
  return path === 0 ? 0 : 2 * path + (pattern.method === undefined ? 0 : 1)
}

/** The pattern that a route is held by; `route` is method and template, and empty where no route was found. */
export const mostExact = (patterns: ReadonlyArray<string>, route: string): string | undefined => {
  let [best, most]: [string | undefined, number] = [undefined, 0]
  for (const pattern of patterns) {
    const exact = exactness(read(pattern), read(route))
    if (exact > most) [best, most] = [pattern, exact]
  }
  return best
}

/** Patterns that no route fits. */
export const idle = (patterns: ReadonlyArray<string>, routes: ReadonlyArray<string>): ReadonlyArray<string> =>
  patterns.filter((pattern) => !routes.some((route) => exactness(read(pattern), read(route)) > 0))
