/** Where the operations ports of this process really listen; the start screen and tests ask here. */
import * as Context from "effect/Context"

/** A bound TCP address: the port is the real one, also where the settings say 0. */
export interface Address {
  readonly host: string
  readonly port: number
}

export class Monitoring extends Context.Service<Monitoring, {
  /** Absent when `monitoring.health.enabled` is false. */
  readonly healthAddress: Address | undefined
  /** Absent when metrics or Prometheus are disabled; equal to `healthAddress` when both share one listener. */
  readonly metricsAddress: Address | undefined
}>()("@heptad/monitoring/Monitoring") {}
