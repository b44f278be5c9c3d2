/** Counts and times every answer and writes its access line. Only answers come up to here: failures are problems by then. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { NetworkConfig } from "../config.ts"
import { CurrentRequest, type RequestInfo } from "../CurrentRequest.ts"
import * as Metrics from "../metrics.ts"
import type { App } from "./App.ts"

const count = (context: Context.Context<never>, { method }: RequestInfo, status: number, seconds: number): void => {
  Metrics.requestsOf(method, status).updateUnsafe(1, context)
  Metrics.requestDuration.updateUnsafe(seconds, context)
}

const accessLine = (request: RequestInfo, status: number, seconds: number) =>
  Effect.annotateLogs(Effect.logInfo("request"), {
    method: request.method,
    endpoint: request.route ?? request.path,
    status,
    duration_ms: Math.round(seconds * 1_000_000) / 1000,
    ...(request.userId === undefined ? {} : { user_id: request.userId })
  })

/** `access_log` may change while requests come. */
export const record = (http: Pick<NetworkConfig["http"], "access_log">) => (app: App): App =>
  Effect.flatMap(app, (response) =>
    Effect.contextWith((context: Context.Context<never>) => {
      const request = Context.get(context, CurrentRequest)
      const now = Context.get(context, Clock.Clock).monotonicTimeNanosUnsafe()
      const seconds = Number(now - request.startedAt) / 1e9
      count(context, request, response.status, seconds)
      const answer = Effect.succeed(response)
      return http.access_log ? Effect.andThen(accessLine(request, response.status, seconds), answer) : answer
    }))
