/** Pure: what undici and the operating system call a failure, as a fault of ours. */
import type * as HttpClientError from "effect/http/HttpClientError"
import type { UpstreamFault } from "../../errors.ts"

const codes: Readonly<Record<string, UpstreamFault>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "closed",
  EPIPE: "closed",
  UND_ERR_SOCKET: "closed",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
  UND_ERR_ABORTED: "closed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "not_http",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_HEADERS_OVERFLOW: "too_large",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "too_large"
}

const fieldOf = (error: unknown, field: "code" | "message" | "name"): string | undefined => {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, field) : undefined
  return typeof value === "string" ? value : undefined
}

/** Several addresses of one name fail together, and say so by the code of the first. */
const codeOf = (error: unknown): string | undefined =>
  fieldOf(error, "code") ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined)

export interface Failure {
  readonly fault: UpstreamFault
  readonly problem: string
}

/** undici's parser has a name and mostly no code; its other codes say less than its words. */
const ofError = (error: unknown): Failure => {
  const message = fieldOf(error, "message") ?? String(error)
  if (fieldOf(error, "name") === "HTTPParserError") return { fault: "not_http", problem: message }
  const code = codeOf(error)
  if (code === undefined) return { fault: "closed", problem: message }
  return { fault: codes[code] ?? "no_connection", problem: code.startsWith("UND_ERR") ? message : code }
}

/** What nobody but the caller can correct. */
const callers = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"])

/** Undefined when the request could not even be made. */
export const failureOf = ({ reason }: HttpClientError.HttpClientError): Failure | undefined =>
  (reason._tag === "TransportError" || reason._tag === "DecodeError") && !callers.has(codeOf(reason.cause) ?? "")
    ? ofError(reason.cause)
    : undefined
