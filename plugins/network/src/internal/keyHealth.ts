/** Whether there are keys to verify proofs with: told by the health before clients tell it. */
import { HealthRegistry, Unhealthy } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Until the scope closes. `fault` is half a sentence, or undefined when all is well. */
export const register = Effect.fnUntraced(
  function*(name: "network_token_keys" | "network_api_keys", fault: (nowMillis: number) => string | undefined) {
    const health = yield* HealthRegistry
    yield* health.register({
      name,
      kind: "readiness",
      // Every instance asks the same issuer: taken out of the traffic together, none would be left for other proofs.
      criticality: "degrading",
      interval: Duration.seconds(10),
      timeout: Duration.seconds(1),
      run: Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const reason = fault(now)
        return reason === undefined ? Effect.void : Effect.fail(new Unhealthy({ reason }))
      })
    })
  }
)
