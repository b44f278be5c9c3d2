/** What operators hear about the endpoints of an upstream: once for each change, and how many there are of each kind. */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Endpoint, EndpointChange } from "./endpoints.ts"
import type { Upstream } from "./upstream.ts"

export const stateOf = ({ ejectedUntil, healthy }: Endpoint): "usable" | "unhealthy" | "ejected" =>
  !healthy ? "unhealthy" : ejectedUntil === undefined ? "usable" : "ejected"

export const counted = ({ endpoints, series }: Pick<Upstream, "endpoints" | "series">) =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      for (const state of ["usable", "unhealthy", "ejected"] as const) {
        const many = endpoints.all.filter((endpoint) => stateOf(endpoint) === state).length
        series.endpoints(state).updateUnsafe(many, context)
      }
    })
  )

const line = ({ ejectedMillis, url }: Endpoint, change: EndpointChange): Effect.Effect<void> => {
  switch (change) {
    case "unhealthy":
      return Effect.logWarning(`endpoint ${url} fails its health check and gets no requests`)
    case "healthy":
      return Effect.logInfo(`endpoint ${url} passes its health check again`)
    case "ejected":
      return Effect.logWarning(
        `endpoint ${url} fails requests and gets none for ${Duration.format(Duration.millis(ejectedMillis))}`
      )
    case "returned":
      return Effect.logInfo(`endpoint ${url} gets requests again`)
  }
}

/** Nobody is left: worth a word of its own. */
const alone = ({ endpoints, policy: { name } }: Upstream) =>
  endpoints.usable.length > 0
    ? Effect.void
    : Effect.logError(`upstream ${name}: no endpoint is well, so all of them are asked`)

export const told = (upstream: Upstream, endpoint: Endpoint, change: EndpointChange): Effect.Effect<void> =>
  Effect.andThen(line(endpoint, change), counted(upstream)).pipe(
    Effect.andThen(alone(upstream)),
    Effect.annotateLogs("upstream", upstream.policy.name)
  )
