/**
 * What every layer that keeps the `Database` contract must do. It knows no runner of tests: each promise is a title and an effect
 * on a layer of its own, so that a layer of any package, over any transport, can be held against it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { migrations } from "./migrations.ts"
import type { Promised, Services } from "./promise.ts"
import { queries } from "./queries.ts"
import { sessions } from "./sessions.ts"
import { transactions } from "./transactions.ts"

/** What a promise asks of the layer that it is checked on. */
export interface Wanted {
  /** Most sessions at a time. */
  readonly sessions: number
  /** Longest wait for one. */
  readonly patience: Duration.Duration
}

/** The layer under test: on a database of its own, which is empty. */
export type LayerOf = (wanted: Wanted) => Layer.Layer<Services, unknown>

export interface Check {
  readonly title: string
  /** Dies with the difference when the promise is broken. Needs the real clock. */
  readonly run: Effect.Effect<void, unknown>
}

const patience = Duration.millis(500)

/** Enough for everybody who has to wait, little for the one who waits in vain. */
const patienceOf = ({ sessions }: Promised): Duration.Duration => sessions === 1 ? patience : Duration.seconds(10)

/** Every promise on the layer: `for (const { title, run } of checks(layerOf)) it.live(title, () => run)`. */
export const checks = (layerOf: LayerOf): ReadonlyArray<Check> =>
  [...queries, ...transactions, ...sessions, ...migrations].map((promised) => ({
    title: promised.title,
    run: Effect.scoped(promised.check).pipe(
      Effect.provide(layerOf({ sessions: promised.sessions, patience: patienceOf(promised) }))
    )
  }))
