/**
 * What happens to every request, in one list. A request goes down the list until somebody answers it; its answer is dressed
 * and its end is seen by all of them, in the same order.
 */
import type * as Context from "effect/Context"
import type { HttpPlatform } from "effect/http/HttpPlatform"
import type { NetworkConfig } from "./config.ts"
import type { Tell } from "./internal/bursts.ts"
import type { RouteOf } from "./internal/limiter/keys.ts"
import type { LimitStore } from "./internal/limiter/LimitStore.ts"
import type { Sharing } from "./internal/limiter/sharing.ts"
import type { RequestCounts } from "./internal/requestCounts.ts"
import { clientAddress } from "./middleware/clientAddress.ts"
import { compression } from "./middleware/compression.ts"
import { cors } from "./middleware/cors.ts"
import { csrf } from "./middleware/csrf.ts"
import { decompression } from "./middleware/decompression.ts"
import { headers, retryAfter } from "./middleware/headers.ts"
import { host } from "./middleware/host.ts"
import { arrival, identity } from "./middleware/identity.ts"
import { limits } from "./middleware/limits.ts"
import type { Middleware } from "./middleware/Middleware.ts"
import { type Load, overload } from "./middleware/overload.ts"
import { rateLimits } from "./middleware/rateLimit.ts"
import { accessLog, counted } from "./middleware/record.ts"
import { isForwarded, strictTransport } from "./middleware/strictTransport.ts"

const when = (enabled: boolean, middleware: () => Middleware): ReadonlyArray<Middleware> =>
  enabled ? [middleware()] : []

export interface Surroundings {
  readonly context: Context.Context<never>
  readonly counts: RequestCounts
  readonly load: Load
  readonly platform: HttpPlatform["Service"]
  readonly routeOf: RouteOf
  readonly limitStore: LimitStore | undefined
  readonly sharing: Sharing | undefined
  readonly tell: Tell
}

/**
 * The list, made anew when the settings have changed: what is switched off is not in it. What remembers something of clients is
 * made once.
 */
export const pipeline = (config: NetworkConfig, surroundings: Surroundings): () => ReadonlyArray<Middleware> => {
  const { http, tls } = config
  const { context, counts, load, platform, tell } = surroundings
  const limiter = rateLimits(config, surroundings)
  return () => [
    arrival(context),
    clientAddress(config, context),
    ...when(http.request_id, () => identity),
    ...when(http.security_headers.enabled, () => headers(http.security_headers, { tls: tls.enabled })),
    ...when(isForwarded(config), () => strictTransport(config)),
    retryAfter,
    overload(config, load, context, tell),
    limiter(),
    host,
    limits(http),
    ...when(http.cors.enabled, () => cors(http.cors)),
    ...when(http.csrf.enabled, () => csrf(http, context, tell)),
    decompression(http.decompression),
    ...when(http.compression.enabled, () => compression(http.compression, platform)),
    ...when(http.metrics, () => counted(counts, context)),
    accessLog(context, http)
  ]
}
