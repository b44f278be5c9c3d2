/** What a record says, taken from Effect's log options: message, error, trace. Shared by both formats and by testing. */
import { ErrorCode } from "@heptad/common"
import * as Cause from "effect/Cause"
import type * as Logger from "effect/Logger"
import { display } from "./json.ts"

export interface ErrorFacts {
  /** Tag or class of the error. */
  readonly type: string
  readonly message: string
  readonly stack: string
  /** Stable name in the error registry, when the error carries one. */
  readonly code?: string
}

const codeOf = (error: unknown): { readonly code?: string } =>
  typeof error === "object" && error !== null && "errorCode" in error ? { code: ErrorCode.ofError(error).name } : {}

const ofError = (error: Error): ErrorFacts => ({
  type: error.name,
  message: error.message,
  stack: error.stack ?? "",
  ...codeOf(error)
})

const ofCause = (cause: Cause.Cause<unknown>): ErrorFacts => {
  const [first] = Cause.prettyErrors(cause)
  return {
    type: first?.name ?? "Error",
    message: first?.message ?? "",
    stack: Cause.pretty(cause),
    ...codeOf(Cause.squash(cause))
  }
}

const unreadable: ErrorFacts = { type: "Error", message: "[unprintable]", stack: "" }

const errorIn = (message: unknown): Error | undefined =>
  Array.isArray(message) ? message.find((part) => part instanceof Error) : undefined

/** The cause of the record, else the first error among the parts of its message. */
export const errorOf = ({ cause, message }: Logger.Options<unknown>): ErrorFacts | undefined => {
  try {
    if (cause.reasons.length > 0) return ofCause(cause)
    const error = errorIn(message)
    return error === undefined ? undefined : ofError(error)
  } catch {
    return unreadable
  }
}

const part = (value: unknown): string => value instanceof Error ? `${value.name}: ${value.message}` : display(value)

/** The parts of a message as one text. A cause without a message speaks for itself. */
export const messageOf = (message: unknown, error: ErrorFacts | undefined): string => {
  if (!Array.isArray(message)) return part(message)
  if (message.length === 1) return part(message[0])
  return message.length === 0 ? error?.message ?? "" : message.map(part).join(" ")
}
