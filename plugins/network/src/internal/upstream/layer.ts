/** `ServiceClient` of the settings: upstreams, their health checks, their operation, and what a reload changes. */
import { HealthRegistry } from "@heptad/common"
import { Operations, type Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { NetworkConfig } from "../../config.ts"
import { UpstreamUnknown } from "../../errors.ts"
import { ServiceClient } from "../../ServiceClient.ts"
import { clientOf } from "./client.ts"
import * as Health from "./health.ts"
import { upstreams } from "./operation.ts"
import { policiesOf } from "./policy.ts"
import * as Registry from "./registry.ts"

type Settings = Pick<NetworkConfig, "load_balancing" | "upstreams">

/** Health checks come and go with the names; a policy that changes keeps its own. */
const checksOf = (registry: Registry.Registry, scope: Scope.Scope) => {
  const checks = new Map<string, Scope.Closeable>()
  const begin = Effect.fnUntraced(function*(name: string) {
    const check = yield* Scope.fork(scope)
    checks.set(name, check)
    yield* Scope.provide(Health.register(registry, name), check)
  })
  const end = Effect.fnUntraced(function*(name: string, check: Scope.Closeable) {
    checks.delete(name)
    yield* Scope.close(check, Exit.void)
  })
  return Effect.fnUntraced(function*() {
    for (const [name, check] of [...checks]) if (!registry.entries.has(name)) yield* end(name, check)
    for (const name of registry.entries.keys()) if (!checks.has(name)) yield* begin(name)
  })
}

const make = Effect.fnUntraced(function*(config: Settings, live: Plugin.Live<NetworkConfig>) {
  const registry = yield* Registry.make
  const renewChecks = checksOf(registry, yield* Effect.scope)
  yield* Effect.forEach(policiesOf(config), registry.set, { discard: true })
  yield* renewChecks()

  /** A bad file leaves that upstream as it was: those who call it have done nothing wrong. */
  const renew = Effect.fnUntraced(function*(next: Settings) {
    const policies = policiesOf(next)
    for (const name of [...registry.entries.keys()]) {
      if (!policies.some((policy) => policy.name === name)) yield* registry.remove(name)
    }
    yield* Effect.forEach(
      policies,
      (policy) => Effect.catch(registry.set(policy), (error) => Effect.logError(`kept as it was: ${error.message}`))
    )
    yield* renewChecks()
  })
  const health = yield* HealthRegistry
  yield* live.onChange((next) => Effect.provideService(renew(next), HealthRegistry, health))
  yield* (yield* Operations).register(upstreams(registry))

  return ServiceClient.of({
    upstream: Effect.fn("ServiceClient.upstream")(function*(upstream: string) {
      if (!registry.entries.has(upstream)) {
        return yield* new UpstreamUnknown({ upstream, known: [...registry.entries.keys()].toSorted() })
      }
      return clientOf(upstream, () => registry.entries.get(upstream))
    })
  })
})

export const layer = (config: Settings, live: Plugin.Live<NetworkConfig>) =>
  Layer.effect(ServiceClient, make(config, live))
