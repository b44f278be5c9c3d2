/** Which members of a record are never shown, whatever they hold: told by their names. Logs and audit log agree on it. */

const names = new Set([
  "password",
  "passwd",
  "secret",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "api_key",
  "apikey",
  "authorization",
  "cookie",
  "set_cookie",
  "private_key",
  "client_secret"
])

/** `accessToken`, `access-token` and `access_token` are one name. */
export const isSecretName = (name: string): boolean =>
  names.has(name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().replaceAll("-", "_"))

/** Stands where a secret would. */
export const redacted = "<redacted>"
