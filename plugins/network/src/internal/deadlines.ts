/** Sweeps the requests in flight, and tells which handlers took too long. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import type { Tell } from "./bursts.ts"
import type { InFlight } from "./InFlight.ts"
import { sweeps } from "./sweeps.ts"

/** Never returns. `http` may change meanwhile. */
export const deadlines = (inFlight: InFlight, http: Pick<NetworkConfig["http"], "handler_timeout">, tell: Tell) => {
  const round = Effect.clockWith((clock) => {
    const most = Duration.toMillis(http.handler_timeout)
    const late = inFlight.sweep(Number(clock.monotonicTimeNanosUnsafe()) / 1e6, most)
    for (const { method, path, route } of late) {
      tell(
        "handler_timeout",
        `${method} ${route ?? path} was ended, because it took longer than network.http.handler_timeout (${most} ms).`
      )
    }
    return late.length === 0 ? Effect.void : Metric.update(Metrics.timedOut, late.length)
  })
  return sweeps(() => http.handler_timeout, round)
}
