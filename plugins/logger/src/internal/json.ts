/**
 * Values as JSON text, without an intermediate object. Nothing here throws, whatever it is given: a log line must never
 * be the reason why its caller fails.
 */
import * as Formatter from "effect/Formatter"
import * as Redacted from "effect/Redacted"

// The C1 controls and the Unicode line separators are legal JSON, yet terminals and line readers obey them.
const special = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029]/
const beyondJson = /[\u007f-\u009f\u2028\u2029]/g

const escapeOne = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** A JSON string. Control characters, line breaks included, come out escaped. */
export const quote = (text: string): string =>
  special.test(text) ? JSON.stringify(text).replace(beyondJson, escapeOne) : `"${text}"`

/** At most `limit` characters of a text, marked with its original length when it was longer. */
export const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}... [cut, was ${text.length} characters]`

const unprintable = "[unprintable]"

const stringify = (input: object): string => {
  try {
    return Formatter.formatJson(input)
  } catch {
    return unprintable
  }
}

/** Any value as text for a human; redacted values stay redacted. */
export const display = (input: unknown): string => {
  try {
    if (typeof input !== "object" || input === null || Redacted.isRedacted(input)) return String(input)
    return input instanceof Date ? input.toISOString() : stringify(input)
  } catch {
    return unprintable
  }
}

const object = (input: object, limit: number): string => {
  const text = stringify(input)
  // A cut object is no longer JSON, so it becomes a string.
  if (text.length > limit) return quote(cut(text, limit))
  return text === unprintable ? quote(text) : text.replace(beyondJson, escapeOne)
}

/** Any value as JSON; undefined for what JSON leaves out. Texts longer than `limit` are cut. */
export const value = (input: unknown, limit: number): string | undefined => {
  switch (typeof input) {
    case "string":
      return quote(cut(input, limit))
    case "number":
      return Number.isFinite(input) ? String(input) : `"${input}"`
    case "boolean":
      return String(input)
    case "undefined":
      return undefined
    case "object":
      return input === null ? "null" : object(input, limit)
    default:
      return quote(cut(display(input), limit))
  }
}
