/**
 * Cross-origin requests by the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol). A preflight is answered here;
 * every other answer, problems and refusals included, tells the browser whether the page that asked may read it. An origin that
 * is not allowed is told nothing, and its browser keeps the answer from the page.
 */
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import type { NetworkConfig } from "../config.ts"
import type { Exchange } from "../internal/exchange.ts"
import { matcher } from "../internal/origins.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = NetworkConfig["http"]["cors"]

const isPreflight = ({ head, method }: Exchange): boolean =>
  method === "OPTIONS" && head.origin !== undefined && head.requestMethod !== undefined

/** Beside what every answer says. */
const ofPreflight = ({ allowed_headers, allowed_methods, max_age }: Settings): HttpServerResponse =>
  Response.empty({
    status: 204,
    headers: {
      "access-control-allow-methods": allowed_methods.join(", "),
      "access-control-allow-headers": allowed_headers.join(", "),
      "access-control-max-age": String(max_age)
    }
  })

const refused = Response.empty({ status: 204 })

/** What an origin that may call is told in every answer, beside its own name. */
const constantOf = ({ allow_credentials, exposed_headers }: Settings): ReadonlyArray<string> => [
  ...(allow_credentials ? ["access-control-allow-credentials", "true"] : []),
  ...(exposed_headers.length === 0 ? [] : ["access-control-expose-headers", exposed_headers.join(", ")])
]

/** Who is allowed does not depend on the request, so that caches need not keep an answer for each origin. */
const forEverybody = (settings: Settings): Middleware => {
  const preflight = ofPreflight(settings)
  return {
    name: "cors",
    admit: (exchange) => isPreflight(exchange) ? preflight : undefined,
    fields: ["access-control-allow-origin", "*", ...constantOf(settings)]
  }
}

const forSome = (settings: Settings): Middleware => {
  const allows = matcher(settings.allowed_origins)
  const preflight = ofPreflight(settings)
  const constant = constantOf(settings)
  return {
    name: "cors",
    admit: (exchange) => isPreflight(exchange) ? allows(exchange.head.origin ?? "") ? preflight : refused : undefined,
    fields: ["vary", "origin"],
    dress: ({ head: { origin } }, _status, fields) => {
      if (origin === undefined || !allows(origin)) return
      fields.push("access-control-allow-origin", origin)
      for (const text of constant) fields.push(text)
    }
  }
}

export const cors = (settings: Settings): Middleware =>
  settings.allowed_origins.includes("*") ? forEverybody(settings) : forSome(settings)
