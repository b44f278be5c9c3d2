/**
 * Typed events between plugins of one process. A topic is a value that both sides import; nothing is addressed by text.
 *
 * Each subscriber has a sliding queue of its own instead of a share of one PubSub: so one that lags loses only its own
 * events, and every loss is counted exactly.
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { droppedEvents } from "./metrics.ts"

type Inbox<A> = Queue.Queue<A, Cause.Done>

/** A kind of event. `A` is what subscribers get. */
export interface Topic<in out A> {
  readonly name: string
  /** Events a slow subscriber may lag behind before the oldest is dropped (and counted). */
  readonly capacity: number
  /** Who listens, per bus: kept here because only the topic knows the type of its events. */
  readonly "~inboxes": WeakMap<object, Set<Inbox<A>>>
}

/** A topic; `capacity` defaults to 256 events per subscriber. */
export const topic = <A>(name: string, options?: { readonly capacity?: number }): Topic<A> => ({
  name,
  capacity: options?.capacity ?? 256,
  "~inboxes": new WeakMap()
})

/** Offers to every inbox, and answers how many of them lost their oldest event by it. */
const offerAll = <A>(inboxes: Iterable<Inbox<A>>, event: A): number => {
  let dropped = 0
  for (const inbox of inboxes) {
    if (Queue.isFullUnsafe(inbox)) dropped++
    Queue.offerUnsafe(inbox, event)
  }
  return dropped
}

const publishTo = <A>(bus: object, topic: Topic<A>, event: A) =>
  Effect.suspend(() => {
    const dropped = offerAll(topic["~inboxes"].get(bus) ?? [], event)
    return dropped === 0
      ? Effect.void
      : Metric.update(Metric.withAttributes(droppedEvents, { topic: topic.name }), dropped)
  })

const open = Effect.fnUntraced(function*<A>(bus: object, topic: Topic<A>) {
  const inbox: Inbox<A> = yield* Queue.sliding<A, Cause.Done>(topic.capacity)
  const inboxes = topic["~inboxes"].get(bus) ?? new Set()
  topic["~inboxes"].set(bus, inboxes.add(inbox))
  return { inbox, inboxes }
})

const subscribeTo = <A>(bus: object, topic: Topic<A>) =>
  Effect.acquireRelease(open(bus, topic), ({ inbox, inboxes }) => {
    inboxes.delete(inbox)
    return Queue.end(inbox)
  }).pipe(Effect.map(({ inbox }) => Stream.fromQueue(inbox)))

export class EventBus extends Context.Service<EventBus, {
  /** Never waits: a subscriber that lags loses its oldest events, which is counted. */
  readonly publish: <A>(topic: Topic<A>, event: A) => Effect.Effect<void>
  /** Events from now on; the stream ends when the scope closes. Each stream is read once. */
  readonly subscribe: <A>(topic: Topic<A>) => Effect.Effect<Stream.Stream<A>, never, Scope.Scope>
}>()("@heptad/common/EventBus") {
  static readonly layer = Layer.sync(EventBus, () => {
    const bus = {}
    return {
      publish: (topic, event) => publishTo(bus, topic, event),
      subscribe: (topic) => subscribeTo(bus, topic)
    }
  })
}
