import { assert, it } from "@effect/vitest"
import { type ChannelEvent, Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { onCutWay } from "./fixtures/cutWay.ts"

const own = "application_name = 'heptad-listen' AND datname = current_database()"

it.live("notifications go on after the session was killed and the way cut, and each gap is told", () =>
  onCutWay(({ beside, cutter }) =>
    Effect.gen(function*() {
      const { notifications } = yield* Database
      const events = yield* Queue.unbounded<ChannelEvent>()
      const reader = yield* Effect.forkChild(
        Stream.runForEach(notifications("news"), (event) => Queue.offer(events, event))
      )
      const sessions = beside(
        `SELECT pid FROM pg_stat_activity WHERE ${own} AND query LIKE 'LISTEN%' AND state = 'idle'`
      )
      const listening = Effect.repeat(sessions, {
        until: (found) => found.length === 1,
        schedule: Schedule.spaced("10 millis")
      })
      const send = (text: string) => beside(`SELECT pg_notify('news', '${text}')`)
      yield* Effect.andThen(listening, send("one"))
      assert.deepStrictEqual(yield* Queue.take(events), { _tag: "Notification", channel: "news", payload: "one" })

      yield* beside(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${own}`)
      assert.strictEqual((yield* Queue.take(events))._tag, "Gap")
      yield* send("two")
      assert.deepStrictEqual(yield* Queue.take(events), { _tag: "Notification", channel: "news", payload: "two" })

      cutter.admit(false)
      yield* beside(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${own}`)
      yield* Effect.repeat(Effect.sync(() => cutter.refused()), {
        until: (times) => times >= 2,
        schedule: Schedule.spaced("10 millis")
      })
      yield* send("lost")
      cutter.admit(true)
      const gap = yield* Queue.take(events)
      assert.strictEqual(gap._tag, "Gap")
      yield* send("three")
      assert.deepStrictEqual(yield* Queue.take(events), { _tag: "Notification", channel: "news", payload: "three" })
      yield* Fiber.interrupt(reader)
      yield* Effect.repeat(sessions, { until: (found) => found.length === 0, schedule: Schedule.spaced("10 millis") })
    }), { execution: { initial_backoff: "20ms", max_backoff: "50ms" } }))
