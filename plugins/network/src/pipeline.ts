/**
 * What happens to every request, in one list. A request goes down the list until somebody answers it; its answer is dressed
 * and its end is seen by all of them, in the same order.
 */
import type * as Context from "effect/Context"
import type { NetworkConfig } from "./config.ts"
import type { RequestCounts } from "./internal/requestCounts.ts"
import { headers, retryAfter } from "./middleware/headers.ts"
import { host } from "./middleware/host.ts"
import { arrival, identity } from "./middleware/identity.ts"
import { limits } from "./middleware/limits.ts"
import type { Middleware } from "./middleware/Middleware.ts"
import { accessLog, counted } from "./middleware/record.ts"

const when = (enabled: boolean, middleware: () => Middleware): ReadonlyArray<Middleware> =>
  enabled ? [middleware()] : []

/** `http` is read by every request where it may change meanwhile; what is switched off at the start is not in the list. */
export const pipeline = (
  { http, tls }: Pick<NetworkConfig, "http" | "tls">,
  counts: RequestCounts,
  context: Context.Context<never>
): ReadonlyArray<Middleware> => [
  arrival(context),
  ...when(http.request_id, () => identity),
  ...when(http.security_headers.enabled, () => headers({ tls: tls.enabled })),
  retryAfter,
  host,
  limits(http),
  ...when(http.metrics, () => counted(counts, context)),
  accessLog(context, http)
]
