/**
 * RFC 9457 problems: the one form of every failed answer. `of` declares a domain error in an HttpApi definition in one line;
 * `make` and `toResponse` are for code that answers without a definition.
 */
import { ErrorCode } from "@heptad/common"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import * as ProblemDetails from "effect/http/ProblemDetails"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { CurrentRequest, type RequestInfo } from "./CurrentRequest.ts"

/** One wrong part of a request. `pointer` is a JSON pointer into `{ path, query, headers, body }`. */
export const ProblemError = Schema.Struct({ pointer: Schema.String, detail: Schema.String })
export type ProblemError = typeof ProblemError.Type

/** The JSON body. */
export const Problem = Schema.Struct({
  /** `urn:heptad:error:<code>` */
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  /** Path of the request. */
  instance: Schema.optionalKey(Schema.String),
  /** Stable name in the error registry. */
  code: Schema.String,
  number: Schema.Int,
  /** The plugin that failed, where it is known. */
  plugin: Schema.optionalKey(Schema.String),
  trace_id: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Array(ProblemError)),
  /** Stack and cause; only with `common.error_handling.detailed_errors`. */
  cause: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Problem" })
export type Problem = typeof Problem.Type

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  408: "Request took too long to arrive",
  409: "Conflict",
  412: "Precondition failed",
  413: "Request too large",
  414: "URI too long",
  415: "Unsupported media type",
  422: "Unprocessable content",
  426: "Upgrade required",
  429: "Too many requests",
  431: "Request header fields too large",
  499: "Client closed the request",
  500: "Internal error",
  501: "Not implemented",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Timeout",
  507: "Insufficient storage"
}

export interface Options {
  /** Default: the status of the code in the registry. */
  readonly status?: number
  /** Default: a phrase for the status. */
  readonly title?: string
  /** The plugin that failed. Default: the system of the code, unless that is `common`. */
  readonly plugin?: string
}

export interface Occurrence extends Options {
  readonly code: ErrorCode.ErrorName | ErrorCode.ErrorCode
  readonly detail: string
  readonly errors?: ReadonlyArray<ProblemError>
  readonly cause?: string
}

const pluginOf = ({ name }: ErrorCode.ErrorCode): string | undefined => {
  const system = name.slice(0, name.indexOf("."))
  return system === "common" ? undefined : system
}

/** The problem of one request. Members that are not known are absent. */
export const make = (occurrence: Occurrence, request?: Pick<RequestInfo, "path" | "traceId">): Problem => {
  const code = typeof occurrence.code === "string" ? ErrorCode.of(occurrence.code) : occurrence.code
  const status = occurrence.status ?? code.httpStatus
  const plugin = occurrence.plugin ?? pluginOf(code)
  return {
    type: `urn:heptad:error:${code.name}`,
    title: occurrence.title ?? titles[status] ?? "Error",
    status,
    detail: occurrence.detail,
    ...(request === undefined || request.path === "" ? {} : { instance: request.path }),
    code: code.name,
    number: code.number,
    ...(plugin === undefined ? {} : { plugin }),
    ...(request === undefined || request.traceId === "" ? {} : { trace_id: request.traceId }),
    ...(occurrence.errors === undefined ? {} : { errors: occurrence.errors }),
    ...(occurrence.cause === undefined ? {} : { cause: occurrence.cause })
  }
}

/** The answer: `application/problem+json` with the status of the problem. */
export const toResponse = (problem: Problem, headers: Readonly<Record<string, string>> = {}): HttpServerResponse =>
  Response.text(JSON.stringify(problem), { status: problem.status, contentType: ProblemDetails.contentType, headers })

/** The code that the error itself carries is more exact than the declared one, but it may not change the status. */
const codeOf = (error: unknown, declared: ErrorCode.ErrorCode): ErrorCode.ErrorCode => {
  const own = ErrorCode.ofError(error)
  return own.httpStatus === declared.httpStatus ? own : declared
}

/** What the server is to blame for stands in the log with its cause: the client is told less than that. */
const logged = (problem: Problem, failure: unknown): Effect.Effect<Problem> =>
  problem.status < 500
    ? Effect.succeed(problem)
    : Effect.as(Effect.logError("request failed", Cause.fail(failure)), problem)

/**
 * Declares an error in an HttpApi definition: handlers fail with the domain error itself, the client gets a problem whose
 * `detail` is the error's message. Status and number come from the registry code unless `options` say otherwise.
 *
 * ```ts
 * HttpApiEndpoint.get("find", "/orders/:id", { error: Problem.of(OrderNotFound, "common.not_found") })
 * ```
 *
 * The error's fields do not leave the server, so a generated client cannot decode a problem back into the error.
 */
export const of = <S extends Schema.Constraint & { readonly Type: { readonly message: string } }>(
  error: S,
  code: ErrorCode.ErrorName,
  options: Options = {}
) =>
  Problem.pipe(
    Schema.decodeTo(
      Schema.toType(error),
      SchemaTransformation.transformEffect<S["Type"], Problem>({
        decode: (problem, parse) =>
          Effect.fail(new SchemaIssue.Forbidden({ message: "A problem is not decoded back" }, problem, parse)),
        encode: (failure) =>
          Effect.flatMap(CurrentRequest, (request) =>
            logged(
              make({ ...options, code: codeOf(failure, ErrorCode.of(code)), detail: failure.message }, request),
              failure
            ))
      })
    ),
    HttpApiSchema.status(options.status ?? ErrorCode.of(code).httpStatus),
    HttpApiSchema.asJson({ contentType: ProblemDetails.contentType })
  )
