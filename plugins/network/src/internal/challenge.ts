/**
 * Pure: the `WWW-Authenticate` header. RFC 6750: a client without a token is told the scheme only, one with a bad token also
 * why. No scheme is registered for keys in headers; `ApiKey` is what others use.
 */
import type { Unauthenticated } from "../errors.ts"

const bearer = ({ fault, message }: Unauthenticated): string =>
  fault === "missing" || fault.startsWith("api_key") || fault === "certificate"
    ? `Bearer realm="heptad"`
    : `Bearer realm="heptad", error="invalid_token", error_description="${message}"`

const apiKey = ({ fault, message }: Unauthenticated, header: string): string => {
  const scheme = `ApiKey realm="heptad", header="${header}"`
  return fault.startsWith("api_key") ? `${scheme}, error="invalid_key", error_description="${message}"` : scheme
}

/** `header`: where an API key is looked for; absent when none is accepted. */
export const challengeOf = (error: Unauthenticated, header: string | undefined): string =>
  header === undefined ? bearer(error) : `${bearer(error)}, ${apiKey(error, header)}`
