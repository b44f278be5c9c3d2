/**
 * Answers 429 to clients that ask more often than they may. Who is asked for by `user` is known only behind the authentication: until
 * then a request is held against its address, and whoever never gets there pays by it.
 */
import type { NetworkConfig } from "../config.ts"
import { Limiter, type Surroundings } from "../internal/limiter/Limiter.ts"
import type { Middleware } from "./Middleware.ts"

/** The limit, made once; its part in the list, made anew when the settings have changed. */
export const rateLimits = (config: Pick<NetworkConfig, "rate_limit">, surroundings: Surroundings): () => Middleware => {
  const limiter = new Limiter(config, surroundings)
  const { limitStore } = surroundings
  const around: Middleware = {
    name: "rate limit",
    dress: ({ heldBy, quota }, status, fields) => {
      if (heldBy === undefined || Number.isNaN(quota)) return
      if (limiter.headers) fields.push("ratelimit-policy", heldBy.policy, "ratelimit", heldBy.limit(quota))
      if (status === 429 && quota < 0) fields.push("retry-after", String(Math.ceil(-quota)))
    },
    end: (exchange) => limiter.settle(exchange)
  }
  const here: Middleware = { ...around, admit: (exchange) => limiter.admit(exchange) }
  if (limitStore === undefined) return () => here
  const elsewhere: Middleware = { ...around, ask: (exchange, then) => limiter.ask(exchange, limitStore, then) }
  // Until the user is known the address is looked at, here: two questions for one request would cost more than they are worth.
  return () => config.rate_limit.key.includes("user") ? here : elsewhere
}
