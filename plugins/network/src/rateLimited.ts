/**
 * For every authentication: once it has set `CurrentRequest.userId`, this holds the request against the rate limit of that user.
 * Without `user` in `network.rate_limit.key` it does nothing.
 */
import * as Effect from "effect/Effect"
import { CurrentRequest, type RequestInfo } from "./CurrentRequest.ts"
import { TooManyRequests } from "./errors.ts"
import { Exchange } from "./internal/exchange.ts"

/** Goes on with `next`, or with what `refused` makes of it where the user asks too often. */
export const withinQuota = <A, E, R, B, E2, R2>(
  request: RequestInfo,
  next: Effect.Effect<A, E, R>,
  refused: (tooMany: TooManyRequests) => Effect.Effect<B, E2, R2>
): Effect.Effect<A | B, E | E2, R | R2> => {
  const judge = (left: number): Effect.Effect<A | B, E | E2, R | R2> =>
    left < 0 ? refused(new TooManyRequests({ seconds: -left })) : next
  const left = request instanceof Exchange ? request.userLimit?.admitUser(request) ?? 0 : 0
  return Effect.isEffect(left) ? Effect.flatMap(left, judge) : judge(left)
}

export const rateLimited: Effect.Effect<void, TooManyRequests> = Effect.flatMap(
  CurrentRequest,
  (request) => withinQuota(request, Effect.void, Effect.fail)
)
