/** What a client hears that asks too often. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** What a client is told that asks too often. */
export const tooOften = (seconds: number): string =>
  `This client asks more often than it may. Wait ${Math.ceil(seconds)} s, as Retry-After says, and ask less often.`

/** 429: the user asks more often than the rate limit allows. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  seconds: Schema.Finite
}) {
  readonly errorCode = ErrorCode.of("network.rate_limited")

  override get message() {
    return tooOften(this.seconds)
  }
}
