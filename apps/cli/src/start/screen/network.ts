/** Where the app is reached, and one request that works, when the sample domain is there. */
import { Network, TokenIssuer, TokenVerifier } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Processes } from "../../processes/Processes.ts"

const order = `{"customer":"acme","lines":[{"sku":"A-1","quantity":2,"unit_price_cents":1250}]}`

const request = (base: string, token: string): ReadonlyArray<string> => [
  "Try it (alice is a clerk, the token is good for an hour):",
  "",
  `TOKEN=${token}`,
  `curl -sS ${base}/orders -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '${order}'`
]

/** A token is shown only where tokens may name roles themselves, which is a setting for development. */
const invitation = Effect.fnUntraced(
  function*(base: string, issuer: typeof TokenIssuer.Service, verifier: typeof TokenVerifier.Service) {
    const token = yield* issuer.issue({ sub: "alice", roles: ["clerk"], ttl: "1 hour" })
    const { roles } = yield* verifier.verify(token)
    return roles.length > 0 ? request(base, Redacted.value(token)) : []
  },
  // Only verifying tokens, or a tight network.auth.jwt.max_token_size, are no reasons not to start.
  Effect.orElseSucceed((): ReadonlyArray<string> => [])
)

/** `running`: the plugins that have started. */
export const part = Effect.fnUntraced(function*(running: ReadonlySet<string>) {
  const several = yield* Effect.serviceOption(Processes)
  if (Option.isSome(several)) {
    const { count, url } = several.value
    return { title: [`${count} processes`], places: [["app", url] as const, ["docs", `${url}/docs`] as const] }
  }
  const services = Option.all([
    yield* Effect.serviceOption(Network),
    yield* Effect.serviceOption(TokenIssuer),
    yield* Effect.serviceOption(TokenVerifier)
  ])
  if (Option.isNone(services)) return {}
  const [{ address: { url } }, issuer, verifier] = services.value
  return {
    places: [["app", url] as const, ["docs", `${url}/docs`] as const],
    hints: running.has("orders") ? yield* invitation(url, issuer, verifier) : []
  }
})
