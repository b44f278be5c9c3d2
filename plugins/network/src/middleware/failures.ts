/** The one table: what failed -> which problem the client is told. */
import { ErrorCode } from "@heptad/common"
import { PluginUnavailable } from "@heptad/kernel"
import { HttpApiPayloadTooLarge, HttpApiSchemaError } from "effect/http-api/HttpApiError"
import { type HttpServerError, isHttpServerError } from "effect/http/HttpServerError"
import { MultipartError } from "effect/http/Multipart"
import * as Schema from "effect/Schema"
import type { Occurrence } from "../Problem.ts"
import { BodyTooDeep, bodyTooDeep, bodyTooLarge, endpointTooLarge, type Limits } from "./limits.ts"
import { pointersOf } from "./pointers.ts"

const internal: Occurrence = {
  code: "common.internal_error",
  detail: "The server failed to answer this request. Quote the trace id when you report it."
}

const unreadable: Occurrence = {
  code: "common.invalid_argument",
  detail: "The body could not be read. Send it completely and in the announced form."
}

const nothingHere: Occurrence = {
  code: "common.not_found",
  detail: "There is nothing at this path. Compare it with the documentation of the API."
}

const wrongRequest = (place: string, error: Schema.SchemaError): Occurrence => ({
  code: "common.invalid_argument",
  detail: "The request does not have the form that the API asks for. Correct what `errors` names.",
  errors: pointersOf(place, error)
})

const places = { Params: "path", Headers: "headers", Query: "query", Payload: "body" } as const

/** An answer that does not fit its own schema is the server's fault. */
const ofSchema = ({ cause, kind }: HttpApiSchemaError): Occurrence =>
  kind === "Body" || kind === "ResponseHeaders" ? internal : wrongRequest(places[kind], cause)

const ofMultipart = ({ reason }: MultipartError, limit: number): Occurrence =>
  reason._tag === "Parse" ? unreadable : reason._tag === "InternalError" ? internal : bodyTooLarge(limit)

const maxBytesOf = (cause: unknown): number | undefined =>
  typeof cause === "object" && cause !== null && "maxBytes" in cause && typeof cause.maxBytes === "number"
    ? cause.maxBytes
    : undefined

/** An endpoint may read less than the server does; only the server's own limit is a setting. */
const ofBody = (cause: unknown, limit: number): Occurrence => {
  const own = maxBytesOf(cause)
  return own !== undefined && own < limit ? endpointTooLarge(own) : bodyTooLarge(limit)
}

/** What Effect says of a request that did not ask for it. */
const notUpgradeable = "not an upgradeable ServerRequest"

const noUpgrade: Occurrence = {
  code: "network.receive",
  status: 426,
  detail: "This path opens a WebSocket. Ask for one: Connection: Upgrade, Upgrade: websocket"
}

const ofServer = ({ reason }: HttpServerError, limit: number): Occurrence => {
  switch (reason._tag) {
    case "RouteNotFound":
      return nothingHere
    case "RequestParseError":
      if (reason.description === notUpgradeable) return noUpgrade
      return reason.reason === "BodyTooLarge" ? ofBody(reason.cause, limit) : unreadable
    default:
      return internal
  }
}

/** The app runs without this plugin for a while; retrying later may help, and the client learns whose absence it is. */
export const ofUnavailable = ({ message, plugin }: PluginUnavailable): Occurrence => ({
  code: "common.not_initialized",
  detail: message,
  plugin
})

const isCoded = (error: unknown): error is ErrorCode.Coded & Error => error instanceof Error && "errorCode" in error

/** An error that no definition declared. Its message is for the client only when the client is at fault. */
const ofCoded = (error: ErrorCode.Coded & Error): Occurrence => {
  const code = ErrorCode.ofError(error)
  return { code, detail: code.httpStatus < 500 ? error.message : internal.detail }
}

/** The limits are for the sentences that tell them. */
export const occurrenceOf = (
  error: unknown,
  { max_json_depth, max_request_size: limit }: Pick<Limits, "max_request_size" | "max_json_depth">
): Occurrence => {
  if (HttpApiSchemaError.is(error)) return ofSchema(error)
  if (HttpApiPayloadTooLarge.is(error)) return bodyTooLarge(limit)
  if (error instanceof MultipartError) return ofMultipart(error, limit)
  if (error instanceof BodyTooDeep) return bodyTooDeep(max_json_depth)
  if (isHttpServerError(error)) return ofServer(error, limit)
  if (Schema.isSchemaError(error)) return wrongRequest("body", error)
  if (error instanceof PluginUnavailable) return ofUnavailable(error)
  return isCoded(error) ? ofCoded(error) : internal
}

const statuses: Readonly<Record<number, readonly [code: ErrorCode.ErrorName, detail: string]>> = {
  401: ["network.session_invalid", "This needs credentials."],
  403: ["common.permission_denied", "This is not allowed."],
  404: ["common.not_found", "There is nothing at this path."],
  409: ["common.already_exists", "The state of the resource does not allow this."],
  413: ["network.message_too_large", "The body is too large. Send less."],
  415: [
    "container.invalid_format",
    "This endpoint does not read this media type. Look at its definition for those it reads."
  ],
  503: ["common.not_initialized", "The server cannot do this at the moment. Try again later."],
  504: ["common.timeout", "The server did not finish in time. Try again later."]
}

/** For an answer that has an error status and says nothing else. */
export const ofStatus = (status: number): Occurrence => {
  const [code, detail] = statuses[status] ??
    (status < 500
      ? ["common.invalid_argument", "The server does not accept this request."] as const
      : ["common.internal_error", internal.detail] as const)
  return { code, status, detail, plugin: "network" }
}
