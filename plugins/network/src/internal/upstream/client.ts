/** The HttpClient of an upstream, for as long as the app runs: each request goes by the settings of its moment. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import { UpstreamFailed } from "../../errors.ts"
import { callOf, nowOf, type Send, toClientError } from "./call.ts"

export interface Current {
  readonly send: Send
  readonly totalMillis: number
}

const execute = (request: HttpClientRequest, { send, totalMillis }: Current) =>
  Effect.contextWith((context: Context.Context<never>) =>
    send(callOf(request, context, nowOf(Context.get(context, Clock.Clock)) + totalMillis))
  )

/** It has the waits, the refusals and the pauses; each try on the wire has a client span below it. */
const spanOf = (name: string, { method }: HttpClientRequest) => ({
  attributes: { "upstream.name": name, "http.request.method": method }
})

/** `current` answers undefined when the settings have the upstream no more. */
export const clientOf = (name: string, current: () => Current | undefined): HttpClient.HttpClient =>
  HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) => {
      const now = current()
      return Effect.mapError(
        now === undefined
          ? Effect.fail(new UpstreamFailed({ upstream: name, fault: "removed" }))
          : execute(request, now),
        (error) => toClientError(request, error)
      ).pipe(Effect.withSpan("ServiceClient.request", spanOf(name, request), { captureStackTrace: false }))
    }),
    Effect.succeed
  )
