/** One health check for each upstream: the app works without it, but somebody should know. */
import { HealthRegistry, Unhealthy } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Registry } from "./registry.ts"

const judged = ({ entries }: Registry, name: string) =>
  Effect.suspend(() => {
    const upstream = entries.get(name)?.upstream
    if (upstream === undefined) return Effect.void
    const { all, usable } = upstream.endpoints
    return usable.length * 2 >= all.length
      ? Effect.void
      : Effect.fail(new Unhealthy({ reason: `${usable.length} of ${all.length} endpoints are well` }))
  })

/** Until the scope closes. */
export const register = Effect.fnUntraced(function*(registry: Registry, name: string) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: `upstream_${name}`,
    kind: "readiness",
    criticality: "degrading",
    interval: Duration.seconds(5),
    timeout: Duration.seconds(1),
    run: judged(registry, name)
  })
})
