/** Where health and metrics are looked at. */
import { Monitoring } from "@heptad/monitoring"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { url } from "./url.ts"

export const part = Effect.map(Effect.serviceOption(Monitoring), (found) => ({
  places: Option.match(found, {
    onNone: () => [],
    onSome: ({ healthAddress, metricsAddress }) => [
      ["health", url(healthAddress, "/health")] as const,
      ["metrics", url(metricsAddress, "/metrics")] as const
    ]
  })
}))
