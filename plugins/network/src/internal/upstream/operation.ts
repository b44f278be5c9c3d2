/** What operators see of the upstreams. */
import { Operation } from "@heptad/kernel"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nowOf } from "./call.ts"
import { stateOf } from "./endpointChanges.ts"
import type { Endpoint } from "./endpoints.ts"
import { wordsOf } from "./policy.ts"
import type { Registry } from "./registry.ts"
import type { Upstream } from "./upstream.ts"

const seconds = (millis: number): number => Math.round(millis) / 1000

const endpointOf = (endpoint: Endpoint, now: number) => ({
  url: endpoint.url,
  state: stateOf(endpoint),
  in_flight: endpoint.inFlight,
  ...(endpoint.ejectedUntil === undefined ? {} : { returns_in_seconds: seconds(endpoint.ejectedUntil - now) })
})

const upstreamOf = ({ breaker, bulkhead, endpoints, policy }: Upstream, now: number) => ({
  circuit: breaker.state,
  ...(breaker.state === "open" ? { probes_in_seconds: seconds(breaker.openFor(now)) } : {}),
  in_flight: bulkhead.active,
  waiting: bulkhead.waiting,
  policy: wordsOf(policy),
  endpoints: endpoints.all.map((endpoint) => endpointOf(endpoint, now))
})

export const upstreams = ({ entries }: Registry) =>
  Operation.make({
    name: "upstreams",
    description: "The services that this app calls: circuit, requests under way and waiting, and how each endpoint is.",
    kind: "read",
    input: Schema.Struct({}),
    run: () =>
      Effect.clockWith((clock: Clock.Clock) => {
        const now = nowOf(clock)
        return Effect.succeed(
          Object.fromEntries([...entries].map(([name, { upstream }]) => [name, upstreamOf(upstream, now)]))
        )
      })
  })
