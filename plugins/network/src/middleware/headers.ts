/** Headers of every answer that keep browsers from guessing, and tell who is refused for a moment when to come back. */
import type { Middleware } from "./Middleware.ts"

const always = ["x-content-type-options", "nosniff", "x-frame-options", "DENY", "referrer-policy", "no-referrer"]

/** A year, as browsers' preload lists ask; sent over TLS only, where it means something. */
const strictTransport = ["strict-transport-security", "max-age=31536000; includeSubDomains"]

export const headers = (options: { readonly tls: boolean }): Middleware => {
  const constant = options.tls ? [...always, ...strictTransport] : always
  return {
    name: "headers",
    dress: (_exchange, _status, fields) => {
      for (const text of constant) fields.push(text)
    }
  }
}

export const retryAfter: Middleware = {
  name: "retry-after",
  dress: (_exchange, status, fields) => {
    if (status === 503) fields.push("retry-after", "1")
  }
}
