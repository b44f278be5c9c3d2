/** Which requests are those of one client: the parts of `network.rate_limit.key`, put together as text. */
import { clientOf } from "../clientAddresses.ts"
import { digest } from "../digest.ts"
import type { Exchange } from "../exchange.ts"

/** The method and the template of the route that a request leads to; empty where there is none. */
export type RouteOf = (method: string, url: string) => string

type Part = (exchange: Exchange) => string

const ip: Part = ({ clientAddress }) => clientOf(clientAddress)

/** Clients choose their headers and issuers their users, and each key is kept: a long one is kept as its digest. */
const longest = 64

const short = (text: string): string => text.length > longest ? digest(text) : text

const headerOf = (name: string): Part => ({ request: { headers } }) => short(String(headers[name] ?? ""))

const userOf: Part = (exchange) => exchange.userId === undefined ? ip(exchange) : short(exchange.userId)

const partOf = (key: string, routeOf: RouteOf): Part => {
  if (key === "route") return ({ method, url }) => routeOf(method, url)
  if (key === "user") return userOf
  return key === "ip" ? ip : headerOf(key.slice("header:".length).toLowerCase())
}

/** The key of a request. With one part it is that text itself, and nothing is put together. */
export const keyOf = (keys: ReadonlyArray<string>, routeOf: RouteOf): Part => {
  const [only, ...others] = keys.map((key) => partOf(key, routeOf))
  if (only === undefined) return ip
  return others.length === 0
    ? only
    : (exchange) => others.reduce((text, part) => `${text}\n${part(exchange)}`, only(exchange))
}
