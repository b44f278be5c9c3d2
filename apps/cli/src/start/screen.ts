/** What a person sees when the app is ready: versions, the boot, where to look, and one request that works. */
import { Database } from "@heptad/database"
import { Lifecycle } from "@heptad/kernel"
import { Monitoring } from "@heptad/monitoring"
import { Network, TokenIssuer, TokenVerifier } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import manifest from "../../package.json" with { type: "json" }
import * as timeline from "./timeline.ts"

interface Address {
  readonly host: string
  readonly port: number
}

const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

/** What a person on this machine can open. */
export const url = (address: Address | undefined, path: string): string => {
  if (address === undefined) return "off"
  const host = wildcards[address.host] ?? address.host
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}${path}`
}

const order = `{"customer":"acme","lines":[{"sku":"A-1","quantity":2,"unit_price_cents":1250}]}`

const request = (base: string, token: string): ReadonlyArray<string> => [
  "",
  "Try it (alice is a clerk, the token is good for an hour):",
  "",
  `TOKEN=${token}`,
  `curl -sS ${base}/orders -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '${order}'`
]

/** A token is shown only where tokens may name roles themselves, which is a setting for development. */
const invitation = Effect.gen(function*() {
  const { address } = yield* Network
  const token = yield* (yield* TokenIssuer).issue({ sub: "alice", roles: ["clerk"], ttl: "1 hour" })
  const invited = yield* Effect.match((yield* TokenVerifier).verify(token), {
    // A tight network.auth.jwt.max_token_size may refuse this token; that is no reason not to start.
    onFailure: () => false,
    onSuccess: ({ roles }) => roles.length > 0
  })
  return invited ? request(address.url, Redacted.value(token)) : []
})

/** The lines of the screen. */
export const lines = Effect.fnUntraced(function*(app: string) {
  const { info } = yield* Database
  const { healthAddress, metricsAddress } = yield* Monitoring
  const { address } = yield* Network
  const plugins = yield* (yield* Lifecycle).plugins
  const ready = Math.max(...plugins.map((plugin) => plugin.startedAtMillis + plugin.buildMillis))
  return [
    `Heptad ${manifest.version} · ${app} · Node ${process.versions.node} · PostgreSQL ${info.serverVersion} (${info.kind})`,
    "",
    ...timeline.render(plugins),
    "",
    `Ready in ${ready} ms.`,
    "",
    `app      ${address.url}`,
    `docs     ${address.url}/docs`,
    `health   ${url(healthAddress, "/health")}`,
    `metrics  ${url(metricsAddress, "/metrics")}`,
    ...(yield* invitation)
  ]
})
