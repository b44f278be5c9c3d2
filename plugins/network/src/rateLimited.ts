/**
 * For every authentication: once it has set `CurrentRequest.userId`, this holds the request against the rate limit of that user.
 * Without `user` in `network.rate_limit.key` it does nothing.
 */
import * as Effect from "effect/Effect"
import { CurrentRequest, type RequestInfo } from "./CurrentRequest.ts"
import { TooManyRequests } from "./errors.ts"
import { Exchange } from "./internal/exchange.ts"

/** What the user is to be told, where it asks too often. */
export const overQuota = (request: RequestInfo): TooManyRequests | undefined => {
  const left = request instanceof Exchange ? request.userLimit?.admitUser(request) ?? 0 : 0
  return left < 0 ? new TooManyRequests({ seconds: -left }) : undefined
}

export const rateLimited: Effect.Effect<void, TooManyRequests> = Effect.flatMap(CurrentRequest, (request) => {
  const tooMany = overQuota(request)
  return tooMany === undefined ? Effect.void : Effect.fail(tooMany)
})
