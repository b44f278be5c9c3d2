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

/** `current` answers undefined when the settings have the upstream no more. */
export const clientOf = (name: string, current: () => Current | undefined): HttpClient.HttpClient =>
  HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) => {
      const now = current()
      const failed = new UpstreamFailed({ upstream: name, fault: "removed" })
      return Effect.mapError(
        now === undefined ? Effect.fail(failed) : execute(request, now),
        (error) => toClientError(request, error)
      )
    }),
    Effect.succeed
  )
