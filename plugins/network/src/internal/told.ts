/** What trusted proxies have told, as a change of Effect's request. */
import * as Headers from "effect/http/Headers"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import type { Forwarded } from "./forwarded.ts"

export const told = (
  { address, host, protocol }: Forwarded,
  { headers, peerAddress }: HttpServerRequest
): Parameters<HttpServerRequest["modify"]>[0] => ({
  remoteAddress: Option.some(address),
  peerAddress,
  ...(protocol === undefined ? {} : { protocol }),
  ...(host === undefined ? {} : { headers: Headers.set(headers, "host", host) })
})
