/** Typed events between plugins of one process. A topic is a value that both sides import; nothing is addressed by text. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

/** A kind of event. `A` is what subscribers get. */
export interface Topic<in out A> {
  readonly name: string
  /** Events a slow subscriber may lag behind before the oldest is dropped (and counted). */
  readonly capacity: number
  /** Never present: it carries the type. */
  readonly "~event"?: (event: A) => A
}

/** A topic; `capacity` defaults to 256 events per subscriber. */
export const topic = <A>(name: string, options?: { readonly capacity?: number }): Topic<A> => ({
  name,
  capacity: options?.capacity ?? 256
})

export class EventBus extends Context.Service<EventBus, {
  /** Never waits: a subscriber that lags loses its oldest events, which is counted. */
  readonly publish: <A>(topic: Topic<A>, event: A) => Effect.Effect<void>
  /** Events from now on, until the scope closes. */
  readonly subscribe: <A>(topic: Topic<A>) => Effect.Effect<Stream.Stream<A>, never, Scope.Scope>
}>()("@heptad/common/EventBus") {}
