/** Pure: answers of the control API. RFC 9457 problems for what was refused, JSON for the rest. */
import * as ProblemDetails from "effect/http/ProblemDetails"
import type * as Schema from "effect/Schema"
import type { Answer } from "./ops.ts"

/** Status and title of everything that can be wrong. */
const kinds = {
  invalid_input: [400, "Invalid input"],
  unauthorized: [401, "Unauthorized"],
  forbidden: [403, "Forbidden"],
  unknown_operation: [404, "Unknown operation"],
  method_not_allowed: [405, "Method not allowed"],
  too_slow: [408, "Request timeout"],
  conflict: [409, "Conflict"],
  too_large: [413, "Content too large"],
  unsupported_media_type: [415, "Unsupported media type"],
  failed: [422, "Failed"],
  internal: [500, "Internal error"],
  busy: [503, "Too many requests at once"],
  not_answering: [503, "Not answering"],
  audit_unwritable: [503, "Audit log not writable"],
  timed_out: [504, "Timed out"]
} as const

export type Code = keyof typeof kinds

export const statuses: ReadonlyArray<number> = [...new Set(Object.values(kinds).map(([status]) => status))]

export const make = (code: Code, detail: string, headers: Readonly<Record<string, string>> = {}): Answer => {
  const [status, title] = kinds[code]
  return {
    status,
    contentType: ProblemDetails.contentType,
    body: JSON.stringify({ type: `urn:heptad:control:${code}`, title, status, detail, code }),
    headers
  }
}

export const ok = (value: Schema.Json): Answer => ({
  status: 200,
  contentType: "application/json",
  body: JSON.stringify(value)
})
