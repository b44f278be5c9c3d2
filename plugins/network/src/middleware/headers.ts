/** Headers of every answer: the request id, and what keeps browsers from guessing. What a handler sets itself wins. */
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import { CurrentRequest } from "../CurrentRequest.ts"
import type { App } from "./App.ts"

const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer"
}

/** A year, as browsers' preload lists ask; sent over TLS only, where it means something. */
const strictTransport = { "strict-transport-security": "max-age=31536000; includeSubDomains" }

/** Who is refused for a moment is told when to come back, so that clients need not guess. */
const retry = (response: HttpServerResponse) => response.status === 503 ? { "retry-after": "1" } : undefined

export const headers = (options: { readonly tls: boolean }) => {
  const constant = options.tls ? { ...always, ...strictTransport } : always
  return (app: App): App =>
    Effect.flatMap(app, (response) =>
      Effect.map(CurrentRequest, ({ requestId }) =>
        Response.setHeaders(response, {
          ...constant,
          "x-request-id": requestId,
          ...retry(response),
          ...response.headers
        })))
}
