/** Asking too often, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/rateLimit.ts"

export const rateLimit = explanationsOf<typeof Errors>({
  TooManyRequests: {
    title: "A user asks too often",
    cause: "network.rate_limit has user in its key, and this user has used up burst and requests_per_second.",
    remedy: "Let the client wait as long as Retry-After says; raise network.rate_limit.requests_per_second or burst " +
      "when the limit is too tight (both change without a restart).",
    code: "network.rate_limited"
  }
})
