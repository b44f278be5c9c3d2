import { describe, it } from "@effect/vitest"
import { ErrorCode } from "@heptad/common"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { lines, logged, records, text } from "./logged.ts"

class OrderLost extends Schema.TaggedError<OrderLost>()("OrderLost", { id: Schema.String }) {
  readonly errorCode = ErrorCode.of("database.query_failed")
  override get message() {
    return `order ${this.id} is lost`
  }
}

describe("a record", () => {
  it.effect("has a time, a level in capitals, OpenTelemetry's number, and the fields that the guide's queries use", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.logError("slow").pipe(
          Effect.annotateLogs({ status: 500, duration_ms: 12.5, endpoint: "/orders", user_id: "u1", plugin: "network" })
        )
      )
      expect(records(path)).toEqual([{
        "@timestamp": "1970-01-01T00:00:00.000Z",
        level: "ERROR",
        severity: 17,
        message: "slow",
        status: 500,
        duration_ms: 12.5,
        endpoint: "/orders",
        user_id: "u1",
        plugin: "network"
      }])
    }))

  it.effect("knows all six levels", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.all([
          Effect.logTrace("a"),
          Effect.logDebug("a"),
          Effect.logInfo("a"),
          Effect.logWarning("a"),
          Effect.logError("a"),
          Effect.logFatal("a")
        ]),
        { section: { default_level: "trace" } }
      )
      expect(records(path).map(({ level, severity }) => [level, severity])).toEqual([
        ["TRACE", 1],
        ["DEBUG", 5],
        ["INFO", 9],
        ["WARN", 13],
        ["ERROR", 17],
        ["FATAL", 21]
      ])
    }))

  it.effect("carries the constant fields of the logger and of the sink", () =>
    Effect.gen(function*() {
      const path = yield* logged(Effect.log("x"), {
        section: { fields: { service_name: "shop", environment: "production", region: "us-west-2", version: "1.2.3" } },
        sink: { fields: { "@timestamp": true, "@version": 1 } }
      })
      expect(records(path)[0]).toMatchObject({
        "@timestamp": "1970-01-01T00:00:00.000Z",
        "@version": 1,
        service_name: "shop",
        environment: "production",
        region: "us-west-2",
        version: "1.2.3"
      })
      const without = yield* logged(Effect.log("x"), { sink: { fields: { "@timestamp": false } } })
      expect(records(without)[0]).not.toHaveProperty("@timestamp")
    }))

  it.effect("carries trace and span while there is a span, and the timers", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.log("in").pipe(
          Effect.withLogSpan("query"),
          Effect.withSpan("work"),
          Effect.andThen(Effect.log("out"))
        )
      )
      const [inside, outside] = records(path)
      expect(inside).toMatchObject({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
        spans: { query: 0 }
      })
      expect(outside).not.toHaveProperty("trace_id")
    }))

  it.effect("cannot be faked: line breaks and control characters are escaped, in values and in names", () =>
    Effect.gen(function*() {
      const evil = "ok\n{\"level\":\"ERROR\"}\r\u001b[31m\u009b31m\u2028"
      const path = yield* logged(Effect.log(evil).pipe(Effect.annotateLogs({ note: evil, [evil]: { deep: evil } })))
      expect(lines(path).length).toBe(1)
      expect(text(path)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/)
      expect(records(path)[0]).toMatchObject({ message: evil, note: evil, [evil]: { deep: evil } })
    }))

  it.effect("never lets an annotation take the place of one of its own members", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.log("true").pipe(Effect.annotateLogs({ level: "x", message: "x", severity: 0, service_name: "x" })),
        { section: { fields: { service_name: "shop" } } }
      )
      expect(records(path)[0]).toMatchObject({
        level: "INFO",
        message: "true",
        severity: 9,
        service_name: "shop",
        "annotation.level": "x",
        "annotation.service_name": "x"
      })
    }))

  it.effect("keeps secrets: redacted values wherever they stand, and values of telling names", () =>
    Effect.gen(function*() {
      const secret = Redacted.make("hunter2")
      const path = yield* logged(
        Effect.log("login", secret, { secret }).pipe(
          Effect.annotateLogs({ secret, nested: { list: [secret] }, password: "hunter2", apiKey: "hunter2" })
        )
      )
      expect(text(path)).not.toContain("hunter2")
      const asText = yield* logged(
        Effect.log("login", secret, { secret }).pipe(Effect.annotateLogs({ value: secret, "Set-Cookie": "hunter2" })),
        { sink: { format: "text" } }
      )
      expect(text(asText)).not.toContain("hunter2")
      expect(text(asText)).toContain("value=<redacted>")
    }))

  it.effect("tells an error with type, code and stack, from a cause or from the message", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.all([
          Effect.logError("failed", Cause.fail(new OrderLost({ id: "7" }))),
          Effect.logError("failed", new OrderLost({ id: "8" })),
          Effect.logError(Cause.die(new TypeError("bug")))
        ])
      )
      const [cause, part, alone] = records(path)
      expect(cause).toMatchObject({
        message: "failed",
        error: { type: "OrderLost", message: "order 7 is lost", code: "database.query_failed" }
      })
      expect(cause?.error).toHaveProperty("stack", expect.stringContaining("record.test.ts"))
      expect(part).toMatchObject({ message: "failed OrderLost: order 8 is lost", error: { type: "OrderLost" } })
      expect(alone).toMatchObject({ message: "bug", error: { type: "TypeError", message: "bug" } })
    }))

  it.effect("survives whatever is logged", () =>
    Effect.gen(function*() {
      const circular: Record<string, unknown> = {}
      circular.self = circular
      const throwing = {
        toJSON: () => {
          throw new Error("no")
        }
      }
      const path = yield* logged(
        Effect.log(circular, throwing, Symbol("s"), 5n, undefined, null).pipe(
          Effect.annotateLogs({ circular, throwing, nan: NaN, big: 5n, none: undefined, when: new Date(0), f: () => 1 })
        )
      )
      expect(records(path)[0]).toMatchObject({ nan: "NaN", big: "5", when: "1970-01-01T00:00:00.000Z" })
    }))

  it.effect("is cut at max_message_size and says how long it was", () =>
    Effect.gen(function*() {
      const section = { performance: { max_message_size: "2KB" } }
      const long = "\u0001".repeat(100_000)
      const path = yield* logged(
        Effect.all([
          Effect.log("x".repeat(5000)),
          Effect.logError(long, new Error(long)).pipe(
            Effect.annotateLogs(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, long])))
          ),
          Effect.log("short")
        ]),
        { section }
      )
      for (const line of lines(path)) expect(line.length).toBeLessThan(2048 + 100)
      const [first, second, third] = records(path)
      expect(first?.message).toContain("[cut, was 5000 characters]")
      expect(second).toMatchObject({ level: "ERROR", cut: true })
      expect(third).not.toHaveProperty("cut")
    }))

  it.effect("reads well as text: one line, the stack indented", () =>
    Effect.gen(function*() {
      const path = yield* logged(
        Effect.logWarning("two\nlines").pipe(Effect.annotateLogs({ plugin: "shop", status: 200, path: "/a b" })),
        { sink: { format: "text" } }
      )
      expect(lines(path)).toEqual([
        `1970-01-01T00:00:00.000Z WARN  [shop] two\\nlines status=200 path="/a b"`
      ])
      const failed = yield* logged(Effect.logError("no", Cause.die(new Error("x"))), { sink: { format: "text" } })
      const [head, ...stack] = lines(failed)
      expect(head).toBe("1970-01-01T00:00:00.000Z ERROR no")
      expect(stack.length).toBeGreaterThan(1)
      expect(stack.every((line) => line.startsWith("    "))).toBe(true)
    }))
})
