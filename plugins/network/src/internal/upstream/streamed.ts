/**
 * An answer that is read while it arrives. It holds a place of the bulkhead and a connection until it ends, until its reader
 * goes, or until nothing came, or nobody began to read, for `idle_timeout`.
 */
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { arriving, UpstreamResponse } from "./UpstreamResponse.ts"

export interface Streaming {
  readonly response: HttpClientResponse
  readonly idleMillis: number
  readonly failed: (error: HttpClientError.HttpClientError) => HttpClientError.HttpClientError
  readonly silent: HttpClientError.HttpClientError
  /** Lets go of everything; may be called twice. */
  readonly end: Effect.Effect<void>
  /** Of the upstream. */
  readonly scope: Scope.Scope
}

export const streamed = Effect.fnUntraced(function*({ end, failed, idleMillis, response, scope, silent }: Streaming) {
  let begun = false
  const body = Stream.suspend(() => {
    begun = true
    return Stream.mapError(response.stream, failed)
  }).pipe(
    Stream.timeoutOrElse({ duration: idleMillis, orElse: () => Stream.fail(silent) }),
    Stream.ensuring(end)
  )
  yield* Effect.sleep(idleMillis).pipe(
    Effect.andThen(Effect.suspend(() => begun ? Effect.void : end)),
    Effect.forkIn(scope)
  )
  return new UpstreamResponse(response, arriving(body))
})
