import { assert, describe, it } from "@effect/vitest"
import { scrape } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { get, url } from "./app.ts"

const Address = Schema.Struct({ host: Schema.String, port: Schema.Int })
const Listening = Schema.Struct({ healthAddress: Address, metricsAddress: Address })
const Line = Schema.fromJsonString(Schema.Tuple([Schema.String, Schema.Json]))

const blockable = Effect.gen(function*() {
  const told = yield* Queue.unbounded<string>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=source", fileURLToPath(new URL("./blockable.ts", import.meta.url))], {
        stdio: ["pipe", "pipe", "inherit"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  createInterface({ input: child.stdout }).on("line", (line) => Queue.offerUnsafe(told, line))
  const next = (word: string): Effect.Effect<Schema.Json> =>
    Queue.take(told).pipe(
      Effect.flatMap((line) => Effect.orDie(Schema.decodeEffect(Line)(line))),
      Effect.flatMap(([said, value]) => said === word ? Effect.succeed(value) : next(word))
    )
  const addresses = yield* Schema.decodeUnknownEffect(Listening)(yield* next("listening"))
  const token = String(yield* next("token"))
  return { addresses, next, token, block: (millis: number) => Effect.sync(() => child.stdin.write(`${millis}\n`)) }
})

describe("a blocked event loop", () => {
  it.live("fails liveness while it lasts, and is told and counted afterwards", () =>
    Effect.gen(function*() {
      const { addresses: { healthAddress, metricsAddress }, block, next } = yield* blockable
      const live = get(url(healthAddress, "/health/live"))
      assert.strictEqual((yield* live).status, 200)

      yield* block(2000)
      yield* next("blocked")
      const [alive, ready, metrics] = yield* Effect.all([
        live,
        get(url(healthAddress, "/health/ready?verbose")),
        get(url(metricsAddress, "/metrics"))
      ], { concurrency: "unbounded" })
      assert.deepStrictEqual([alive.status, alive.body], [503, `{"status":"DOWN"}`])
      assert.deepStrictEqual([ready.status, ready.body], [503, `{"status":"NOT_READY"}`])
      // A scrape has more patience than a probe: it was answered when the block was over.
      assert.strictEqual(metrics.status, 200)

      assert.match(
        String(yield* next("log")),
        /^event loop was blocked for [12]\.\d s: nothing was answered meanwhile\./
      )
      assert.strictEqual((yield* live).status, 200)
      assert.strictEqual((yield* scrape(url(metricsAddress, "/metrics"))).sum("nodejs_eventloop_blocked_total"), 1)
    }))

  it.live("lets no write through that its sender was told had not happened", () =>
    Effect.gen(function*() {
      const { addresses: { healthAddress }, block, next, token } = yield* blockable
      const act = (path: string, body: string) =>
        get(url(healthAddress, path), {
          method: "POST",
          body,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }
        })
      yield* block(1500)
      yield* next("blocked")
      const got = yield* act("/control/act", `"while blocked"`)
      assert.deepStrictEqual([got.status, JSON.parse(got.body).code], [503, "not_answering"])
      assert.strictEqual(got.headers.get("retry-after"), "1")
      yield* next("log")
      assert.strictEqual((yield* act("/control/act", `"afterwards"`)).status, 200)
      assert.strictEqual(yield* next("acted"), "afterwards")
    }))

  it.live("is not needed by the answers of a loop that is free", () =>
    Effect.gen(function*() {
      const { addresses, block, next } = yield* blockable
      yield* block(20)
      yield* next("blocked")
      assert.strictEqual((yield* get(url(addresses.healthAddress, "/livez"))).status, 200)
    }))
})
