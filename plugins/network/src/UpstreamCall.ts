/** What a request to an upstream says about itself, for its policies: `Effect.provideService(UpstreamCall, { ... })`. */
import * as Context from "effect/Context"

export interface UpstreamCallOptions {
  /** With `ip_hash`: requests of one key go to one endpoint. Default: the address of the client whose request is answered. */
  readonly hashKey?: string
  /** Whether it may be sent twice. Default: by its method, or because it has an `Idempotency-Key`. */
  readonly idempotent?: boolean
  /**
   * The answer is read as a stream: `timeout` counts up to its head, `idle_timeout` from then on, and neither its size nor
   * its end is waited for. Default: false.
   */
  readonly streamed?: boolean
}

export const UpstreamCall = Context.Reference<UpstreamCallOptions>("@heptad/network/UpstreamCall", {
  defaultValue: () => ({})
})
