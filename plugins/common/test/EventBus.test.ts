import { assert, describe, it } from "@effect/vitest"
import { EventBus, topic } from "@heptad/common"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { droppedEvents } from "../src/metrics.ts"

const dropped = (name: string) =>
  Effect.map(Metric.value(Metric.withAttributes(droppedEvents, { topic: name })), (state) => state.count)

describe("EventBus", () => {
  it.effect("gives every subscriber every event from its subscription on", () =>
    Effect.gen(function*() {
      const bus = yield* EventBus
      const orders = topic<number>("orders")
      yield* bus.publish(orders, 0)
      const first = yield* bus.subscribe(orders)
      const second = yield* bus.subscribe(orders)
      yield* bus.publish(orders, 1)
      yield* bus.publish(orders, 2)
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(first, 2)), [1, 2])
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(second, 2)), [1, 2])
    }).pipe(Effect.provide(EventBus.layer)))

  it.effect("drops and counts the oldest events of the one subscriber that lags", () =>
    Effect.gen(function*() {
      const bus = yield* EventBus
      const ticks = topic<number>("lagging", { capacity: 2 })
      const slow = yield* bus.subscribe(ticks)
      for (const tick of [1, 2, 3, 4, 5]) {
        const quick = bus.subscribe(ticks).pipe(
          Effect.tap(bus.publish(ticks, tick)),
          Effect.flatMap((events) => Stream.runCollect(Stream.take(events, 1))),
          Effect.scoped
        )
        assert.deepStrictEqual(yield* quick, [tick])
      }
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(slow, 2)), [4, 5])
      assert.strictEqual(yield* dropped("lagging"), 3)
    }).pipe(Effect.provide(EventBus.layer)))

  it.effect("does not deadlock when a subscriber publishes to the topic that it reads", () =>
    Effect.gen(function*() {
      const bus = yield* EventBus
      const echo = topic<number>("echo", { capacity: 1 })
      const events = yield* bus.subscribe(echo)
      const done = yield* Deferred.make<number>()
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(
          events,
          (event) => event < 1000 ? bus.publish(echo, event + 1) : Deferred.succeed(done, event)
        )
      )
      yield* bus.publish(echo, 0)
      assert.strictEqual(yield* Deferred.await(done), 1000)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(EventBus.layer)))

  it.effect("ends the stream when the subscriber's scope closes, after what was already there", () =>
    Effect.gen(function*() {
      const bus = yield* EventBus
      const orders = topic<string>("ending")
      const scope = yield* Scope.make()
      const events = yield* Scope.provide(bus.subscribe(orders), scope)
      yield* bus.publish(orders, "before")
      yield* Scope.close(scope, Exit.void)
      yield* bus.publish(orders, "after")
      assert.deepStrictEqual(yield* Stream.runCollect(events), ["before"])
    }).pipe(Effect.provide(EventBus.layer)))

  it.effect("keeps the buses of two apps in one process apart", () =>
    Effect.gen(function*() {
      const orders = topic<string>("apart")
      const other = yield* Effect.provide(EventBus, EventBus.layer, { local: true })
      const bus = yield* EventBus
      const events = yield* bus.subscribe(orders)
      yield* other.publish(orders, "theirs")
      yield* bus.publish(orders, "ours")
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(events, 1)), ["ours"])
    }).pipe(Effect.provide(EventBus.layer)))
})
