import { assert, it } from "@effect/vitest"
import { Pace } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

const resting = (pace: Pace) => Effect.forkChild(pace.rest, { startImmediately: true })

it.effect("who is told to hurry while resting goes on at once", () =>
  Effect.gen(function*() {
    const pace = new Pace(Duration.hours(1))
    const fiber = yield* resting(pace)
    yield* pace.hurry
    yield* Fiber.join(fiber)
  }))

it.effect("who is told to hurry while looking looks once more without a pause, and then rests as before", () =>
  Effect.gen(function*() {
    const pace = new Pace(Duration.hours(1))
    yield* pace.hurry
    yield* pace.rest
    const fiber = yield* resting(pace)
    yield* TestClock.adjust("59 minutes")
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
  }))
