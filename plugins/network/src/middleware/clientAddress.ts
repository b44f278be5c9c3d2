/** Finds the client behind trusted proxies. Whoever is not trusted is the client, whatever else the request says. */
import type * as Context from "effect/Context"
import type { NetworkConfig } from "../config.ts"
import type { Exchange } from "../internal/exchange.ts"
import { type Forwarded, forwarded, xForwarded } from "../internal/forwarded.ts"
import { Ranges } from "../internal/Ranges.ts"
import * as Metrics from "../metrics.ts"
import type { Middleware } from "./Middleware.ts"

/** All fields of this name as one list. Read here and not with the others, because most servers trust nobody. */
const listOf = ({ request: { rawHeaders } }: Exchange, name: string): string | undefined => {
  let list: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1] ?? ""
    list = list === undefined ? value : `${list},${value}`
  }
  return list
}

type Read = (exchange: Exchange, peer: string, trusts: Ranges["has"]) => Forwarded | undefined

const reads: Readonly<Record<NetworkConfig["proxies"]["headers"], Read>> = {
  forwarded: (exchange, peer, trusts) => forwarded(listOf(exchange, "forwarded"), peer, trusts),
  "x-forwarded": (exchange, peer, trusts) =>
    xForwarded(
      {
        for: listOf(exchange, "x-forwarded-for"),
        proto: listOf(exchange, "x-forwarded-proto"),
        host: listOf(exchange, "x-forwarded-host")
      },
      peer,
      trusts
    )
}

/** `settings.proxies` may change while requests come. */
export const clientAddress = (
  settings: Pick<NetworkConfig, "proxies">,
  context: Context.Context<never>
): Middleware => {
  let { proxies } = settings
  let trusted = new Ranges(proxies.trusted)
  const renew = (): void => {
    proxies = settings.proxies
    trusted = new Ranges(proxies.trusted)
  }
  return {
    name: "client address",
    admit: (exchange) => {
      if (settings.proxies !== proxies) renew()
      if (trusted.isEmpty) return undefined
      const peer = exchange.peerAddress
      if (!trusted.has(peer)) return undefined
      exchange.forwarded = reads[proxies.headers](exchange, peer, trusted.has)
      if (exchange.forwarded === undefined) Metrics.forwardedMalformed.updateUnsafe(1, context)
      return undefined
    }
  }
}
