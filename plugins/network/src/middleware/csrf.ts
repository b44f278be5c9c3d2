/**
 * Cross-site request forgery: a page of somebody else lets a browser send a request that changes something, with the cookies of
 * its visitor. Only requests with cookies can be forged so; of these only those pass that a page of this server or of a trusted
 * origin sent, by what browsers themselves say (Sec-Fetch-Site, then Origin):
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import type * as Context from "effect/Context"
import * as Cookies from "effect/http/Cookies"
import type { NetworkConfig } from "../config.ts"
import type { Tell } from "../internal/bursts.ts"
import type { Exchange } from "../internal/exchange.ts"
import { type Matcher, matcher } from "../internal/origins.ts"
import * as Metrics from "../metrics.ts"
import * as Problem from "../Problem.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = Pick<NetworkConfig["http"], "cors" | "csrf">

/** RFC 9110 section 9.2.1, and QUERY: these change nothing. */
const safe = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"])

const forged: Problem.Occurrence = {
  code: "common.permission_denied",
  detail:
    "This request has cookies and would change something, but no page of this server sent it. Send it from one, " +
    "without cookies, or list its origin in network.http.csrf.trusted_origins."
}

const told =
  "requests with cookies are refused by network.http.csrf, because no page of this server sent them. Is one of your own " +
  "pages among the senders, list its origin in network.http.csrf.trusted_origins; a proxy in front keeps Host, or stands in network.proxies.trusted."

/** Only the host: behind a proxy that ends TLS the schemes differ. */
const isOwn = (origin: string, { forwarded, request: { headers } }: Exchange): boolean => {
  const host = forwarded?.host ?? headers.host ?? headers[":authority"]
  const scheme = origin.indexOf("://")
  return typeof host === "string" && scheme > 0 && origin.slice(scheme + 3) === host.toLowerCase()
}

const trustedBy = ({ cors, csrf }: Settings): Matcher =>
  matcher([...csrf.trusted_origins, ...(cors.enabled && cors.allow_credentials ? cors.allowed_origins : [])])

/** Too short to be random is no token. */
const shortestToken = 16

const hasToken = (
  { cookie, enabled, header }: Settings["csrf"]["token"],
  { request: { headers } }: Exchange
): boolean => {
  if (!enabled) return false
  const sent = headers[header.toLowerCase()]
  const kept = Cookies.parseHeader(headers.cookie ?? "")[cookie]
  return kept !== undefined && kept.length >= shortestToken && sent === kept
}

/** What a browser says about itself decides; a token only where it says nothing. */
const isOurs = (exchange: Exchange, trusts: Matcher, token: Settings["csrf"]["token"]): boolean => {
  const { fetchSite, origin } = exchange.head
  if (fetchSite === "same-origin" || fetchSite === "none") return true
  if (origin !== undefined) return trusts(origin) || (fetchSite === undefined && isOwn(origin, exchange))
  return fetchSite === undefined && hasToken(token, exchange)
}

export const csrf = (settings: Settings, context: Context.Context<never>, tell: Tell): Middleware => {
  const trusts = trustedBy(settings)
  return {
    name: "csrf",
    admit: (exchange) => {
      if (exchange.head.cookie === undefined || safe.has(exchange.method)) return undefined
      if (isOurs(exchange, trusts, settings.csrf.token)) return undefined
      Metrics.forged.updateUnsafe(1, context)
      tell("csrf", told)
      return Problem.toResponse(Problem.make(forged, exchange))
    }
  }
}
