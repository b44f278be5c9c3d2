/** What the three processes of a drain test say to each other. */
import * as Schema from "effect/Schema"
import type { Upstream } from "./balancer.ts"

export interface BalancerPlan {
  readonly upstreams: ReadonlyArray<Upstream>
}

export const FromBalancer = Schema.Union([
  Schema.TaggedStruct("Listening", { url: Schema.String }),
  Schema.TaggedStruct("Rotation", {
    instance: Schema.String,
    ready: Schema.Boolean,
    reason: Schema.String,
    at: Schema.Finite
  })
])
export type FromBalancer = typeof FromBalancer.Type

export interface LoadPlan {
  readonly url: string
  readonly rps: number
  readonly seconds: number
  /** Orders sent before the clock starts, so that there is something to read, and to fill the queue. */
  readonly fill: number
  /** Of 50 requests so many place an order. */
  readonly orders: number
  /** For an app without orders: only this path is asked. */
  readonly path?: string | undefined
  readonly token: string
  /** A request without an answer for so long has failed. */
  readonly patienceMillis: number
  /** The instances share one database, so that each of them knows every order. */
  readonly shared: boolean
}

/** An order that was answered 201. */
export const Placed = Schema.Struct({
  id: Schema.String,
  customer: Schema.String,
  total_cents: Schema.Finite,
  instance: Schema.String
})
export type Placed = typeof Placed.Type

const Latency = Schema.Struct({
  p50_ms: Schema.Finite,
  p99_ms: Schema.Finite,
  max_ms: Schema.Finite,
  /** Answered rightly, but after more than a second. */
  late: Schema.Int,
  /** How far the load itself was behind its own times at most: the machine, not the app, was too slow. */
  behind_ms: Schema.Finite
})

export const Outcome = Schema.Struct({
  sent: Schema.Int,
  failed: Schema.Int,
  /** How many of each kind. */
  kinds: Schema.Record(Schema.String, Schema.Int),
  /** The first few failures, one line each. */
  examples: Schema.Array(Schema.String),
  connections: Schema.Struct({ kept: Schema.Int, fresh: Schema.Int }),
  latency: Latency,
  placed: Schema.Array(Placed)
})
export type Outcome = typeof Outcome.Type

export const FromLoad = Schema.Union([
  Schema.TaggedStruct("Started", { at: Schema.Finite }),
  Schema.TaggedStruct("Done", { outcome: Outcome })
])
export type FromLoad = typeof FromLoad.Type
