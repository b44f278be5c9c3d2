/**
 * From here outwards there are only answers. What the client did wrong becomes a problem of its own status; what the server did
 * wrong is logged with its cause, counted in the error registry, and told without a stack unless details are on.
 */
import type { ErrorDetail, ErrorRegistry } from "@heptad/common"
import { PluginUnavailable } from "@heptad/kernel"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import { ClientAbort, isHttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import { CurrentRequest } from "../CurrentRequest.ts"
import { Cut } from "../internal/cut.ts"
import * as Problem from "../Problem.ts"
import { occurrenceOf, ofStatus, ofUnavailable } from "./failures.ts"
import { closing, type Limits } from "./limits.ts"
import type { App } from "./Middleware.ts"

export interface Options {
  readonly detail: ErrorDetail["Service"]
  readonly registry: ErrorRegistry["Service"]
  readonly limits: Pick<Limits, "max_request_size" | "max_json_depth">
  /** The `Allow` header of a path; empty when no route has it. */
  readonly allow: (url: string) => string
  /** Whose routes would answer this path, when that plugin is not there at the moment. */
  readonly absent: (path: string) => Effect.Effect<PluginUnavailable | undefined>
}

const answer = (occurrence: Problem.Occurrence, headers?: Readonly<Record<string, string>>) =>
  Effect.map(CurrentRequest, (request) => Problem.toResponse(Problem.make(occurrence, request), headers))

const wrongMethod: Problem.Occurrence = {
  code: "common.invalid_argument",
  status: 405,
  detail: "This path does not answer this method. The header Allow names those that it answers."
}

/** No route has this path: it does not exist, or the plugin that it belongs to is not there. */
const unknownPath = ({ absent }: Options, notFound: Problem.Occurrence) =>
  Effect.flatMap(
    CurrentRequest,
    ({ path }) =>
      Effect.flatMap(absent(path), (missing) => answer(missing === undefined ? notFound : ofUnavailable(missing)))
  )

/** No route has this method: 405 when others have the path, and OPTIONS is answered for every known path. */
const unrouted = (request: HttpServerRequest, options: Options, notFound: Problem.Occurrence) => {
  const allow = options.allow(request.url)
  if (request.method === "OPTIONS" && (allow !== "" || request.url === "*")) {
    return Effect.succeed(Response.empty({ status: 204, headers: { allow } }))
  }
  return allow === "" ? unknownPath(options, notFound) : answer(wrongMethod, { allow })
}

/** Says nothing but its status; written by Effect's own handlers, for example for an unknown media type. */
const isBare = ({ body, status }: HttpServerResponse): boolean =>
  status >= 400 && (body._tag === "Empty" || (status === 415 && body.contentType === "text/plain"))

const dressed = ({ headers, status }: HttpServerResponse) => {
  const { "content-length": _, "content-type": __, ...kept } = headers
  return answer(ofStatus(status), kept)
}

/** The router leaves its finding in the fiber's context; the access log further out wants the template. */
const noteRoute = Effect.contextWith((context: Context.Context<never>) => {
  const found = Context.getOrUndefined(context, HttpRouter.RouteContext)
  if (found !== undefined) Context.get(context, CurrentRequest).route = found.route.path
  return Effect.void
})

const aborted = Effect.succeed(Response.empty({ status: 499 }))

const stopping = answer({ code: "common.cancelled", status: 503, detail: "The server is stopping. Send this again." })

/** What stands on the interruptions of a cause. */
const noted = <I, S>(cause: Cause.Cause<unknown>, note: Context.Key<I, S>): S | undefined => {
  const reason = cause.reasons.find((reason) => reason.annotations.has(note.key))
  return reason === undefined
    ? undefined
    : Context.getOrUndefined(Context.makeUnsafe(new Map(reason.annotations)), note)
}

/** The server itself has ended the request, or the client has, or the stop. */
const interrupted = (cause: Cause.Cause<unknown>) => {
  const cut = noted(cause, Cut)
  if (cut !== undefined) return answer(cut.occurrence, cut.headers)
  return noted(cause, ClientAbort) === undefined ? stopping : aborted
}

const isUnrouted = (error: unknown): boolean => isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/** What the client is told beside the problem. */
const besides: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  413: closing,
  426: { upgrade: "websocket" }
}

const failure = (options: Options) => {
  const { detail, limits, registry } = options
  const fault = (error: unknown, cause: Cause.Cause<unknown>, occurrence: Problem.Occurrence) =>
    Effect.logError("request failed", cause).pipe(
      Effect.andThen(registry.record(error)),
      Effect.andThen(answer(detail.detailed ? { ...occurrence, cause: Cause.pretty(cause) } : occurrence))
    )

  return (cause: Cause.Cause<unknown>) => {
    if (Cause.hasInterruptsOnly(cause)) return interrupted(cause)
    const error = Cause.squash(cause)
    if (Response.isHttpServerResponse(error)) return Effect.succeed(error)
    const occurrence = occurrenceOf(error, limits)
    if (isUnrouted(error)) {
      return Effect.flatMap(HttpServerRequest, (request) => unrouted(request, options, occurrence))
    }
    if (error instanceof PluginUnavailable) return answer(occurrence)
    const { status } = Problem.make(occurrence)
    if (status >= 500) return fault(error, cause, occurrence)
    return answer(occurrence, besides[status])
  }
}

/** What becomes of the end of an app. */
export interface Problems {
  readonly onSuccess: (response: HttpServerResponse) => Effect.Effect<HttpServerResponse>
  readonly onFailure: (cause: Cause.Cause<unknown>) => Effect.Effect<HttpServerResponse, never, HttpServerRequest>
}

export const problems = (options: Options): Problems => ({
  onSuccess: (response) => isBare(response) ? dressed(response) : Effect.succeed(response),
  onFailure: failure(options)
})

/** The same for the router, whose finding is noted first. */
export const aroundRouter = ({ onFailure, onSuccess }: Problems) => (app: App<unknown>): App =>
  Effect.matchCauseEffect(app, {
    onSuccess: (response) => Effect.andThen(noteRoute, onSuccess(response)),
    onFailure: (cause) => Effect.andThen(noteRoute, onFailure(cause))
  })
