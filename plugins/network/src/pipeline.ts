/** What happens to every request, in one list. Reading from the bottom up is the way of a request, down the way of its answer. */
import type { NetworkConfig } from "./config.ts"
import type { App } from "./middleware/App.ts"
import { headers } from "./middleware/headers.ts"
import { identity } from "./middleware/identity.ts"
import { limits } from "./middleware/limits.ts"
import { type Options as ProblemOptions, problems } from "./middleware/problems.ts"
import { record } from "./middleware/record.ts"

export interface Options extends Pick<ProblemOptions, "absent" | "allow" | "detail" | "registry"> {
  /** Read by every request, so that it may change meanwhile. */
  readonly http: Pick<NetworkConfig["http"], "access_log" | "max_request_size" | "max_uri_length">
  readonly tls: boolean
}

export const pipeline = ({ absent, allow, detail, http, registry, tls }: Options) => (app: App<unknown>): App =>
  app.pipe(
    problems({ absent, allow, detail, registry, limits: http }),
    limits(http),
    headers({ tls }),
    record(http),
    identity
  )
