/** What every side with production features does for every request; peers without Effect import it too. */

/** The one origin that may call. */
export const origin = "https://app.example.com"
export const corsMethods = ["GET", "POST"]
export const corsHeaders = ["content-type", "x-request-id"]
export const corsMaxAge = 600

/** What a client may choose as its request id: nothing that forges log lines. */
const sane = /^[\w.:+/=-]{8,128}$/

/** The client's id when it is sane, else one made by `make`. */
export const requestIdOf = (asked: string | ReadonlyArray<string> | undefined, make: () => string): string =>
  typeof asked === "string" && sane.test(asked) ? asked : make()

/** Requests per second of one client: nobody is refused under load, everybody soon where the limit is checked. */
export const limitOf = (switches: ReadonlyArray<string>): number => switches.includes("low-limit") ? 5 : 1_000_000

/** Seconds; those of ours. */
export const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Helmet's default set without Strict-Transport-Security, which means nothing without TLS; for those who write them by hand. */
export const securityHeaders = {
  "content-security-policy":
    "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;" +
    "object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0"
}

/** Every answer of such a side has these names and no other, but for those of the transport. */
export const headerNames: ReadonlyArray<string> = [
  ...Object.keys(securityHeaders),
  "access-control-allow-origin",
  "vary",
  "x-request-id",
  "ratelimit"
].toSorted()

/** What an access line tells about its request. */
export const lineFields = [
  "time",
  "level",
  "message",
  "method",
  "route",
  "status",
  "duration_ms",
  "request_id"
] as const
export type LineField = typeof lineFields[number]
