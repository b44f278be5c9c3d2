import { assert, it } from "@effect/vitest"
import { Contract, Kernel, Onlooker, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Board from "../src/start/Board.ts"

class Away extends Schema.TaggedError<Away>()("Away", {}) {
  override get message() {
    return "db does not answer"
  }
}

const retry = {
  onFailure: "retry",
  attempts: 3,
  initialBackoff: Duration.seconds(2),
  maxBackoff: Duration.seconds(2)
} as const

/** A plugin whose first try fails, and whose second one waits for `ready`. */
const database = (ready: Deferred.Deferred<void>) => {
  const manifest = { name: "@test/database", version: "1.0.0" }
  let tries = 0
  return Plugin.make({
    manifest,
    contract: Contract.make({ name: "database", manifest, services: [] }),
    requires: [],
    config: Schema.Struct({}),
    layer: () =>
      Layer.effectDiscard(Effect.suspend(() => tries++ === 0 ? Effect.fail(new Away()) : Deferred.await(ready)))
  })
}

const boot = Effect.fnUntraced(function*(interactive: boolean, columns = 80) {
  const written: Array<string> = []
  const policies = { database: retry }
  const board = Board.make(policies, { interactive, columns, write: (text) => void written.push(text) })
  const ready = yield* Deferred.make<void>()
  const running = yield* Layer.build(Kernel.layerOf([database(ready)])).pipe(
    Effect.provideService(Onlooker, board.onlooker),
    Effect.provide(settings({}, { policies })),
    Effect.forkScoped({ startImmediately: true })
  )
  const finish = Effect.andThen(Deferred.succeed(ready, undefined), Fiber.join(running))
  return { written, finish, board }
})

it.effect("tells what is new in lines where nothing can be drawn", () =>
  Effect.gen(function*() {
    const { finish, written } = yield* boot(false)
    yield* TestClock.adjust("3 seconds")
    yield* finish
    assert.deepStrictEqual(written, [
      "heptad: starting since 0.0 s: database retrying, 0.0 s, attempt 1 of 3, last error: db does not answer\n",
      "heptad: starting since 1.0 s: database retrying, 1.0 s, attempt 1 of 3, last error: db does not answer\n"
    ])
  }))

it.effect("draws in place on a terminal, keeps the last error during the next try, and takes itself away", () =>
  Effect.gen(function*() {
    const { finish, written } = yield* boot(true)
    yield* TestClock.adjust("999 millis")
    assert.deepStrictEqual(written, [])
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(written, [
      "\u001b[0Jdatabase retrying, 1.0 s, attempt 1 of 3, last error: db does not answer\n\u001b[1A"
    ])
    yield* TestClock.adjust("1200 millis")
    assert.strictEqual(
      written.at(-1),
      "\u001b[0Jdatabase starting, 0.2 s, attempt 2 of 3, last error: db does not answer\n\u001b[1A"
    )
    yield* finish
    yield* TestClock.adjust("1 seconds")
    assert.strictEqual(written.at(-1), "\u001b[0J")
  }))

it.effect("never wraps a row, which would leave the cursor in the wrong place", () =>
  Effect.gen(function*() {
    const { finish, written } = yield* boot(true, 20)
    yield* TestClock.adjust("1 seconds")
    assert.deepStrictEqual(written, ["\u001b[0Jdatabase retrying, \n\u001b[1A"])
    yield* TestClock.adjust("1 seconds")
    yield* finish
  }))

it.effect("draws nothing any more once the start screen has closed it", () =>
  Effect.gen(function*() {
    const { board, finish, written } = yield* boot(true)
    yield* TestClock.adjust("1 seconds")
    yield* board.close
    yield* TestClock.adjust("1 seconds")
    assert.deepStrictEqual(written.slice(1), ["\u001b[0J"])
    yield* finish
  }))
