import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as http from "node:http"
import { AnswerBatch } from "../src/internal/AnswerBatch.ts"
import { listen } from "../src/internal/listening.ts"

const keys = { address: "host", addressEnv: "HOST", port: "port", portEnv: "PORT" }

/** The answers of `count` requests that all wait at the same time, and what their clients get. */
const waiting = Effect.fnUntraced(function*(count: number) {
  const responses: Array<http.ServerResponse> = []
  const all = yield* Deferred.make<void>()
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      http.createServer((_, response) => {
        if (responses.push(response) === count) Deferred.doneUnsafe(all, Effect.void)
      })
    ),
    (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  const { port } = yield* listen(server, { host: "127.0.0.1", port: 0 }, keys)
  const texts = yield* Effect.forkChild(
    Effect.forEach(
      Array.from({ length: count }),
      () => Effect.promise(() => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())),
      { concurrency: "unbounded" }
    )
  )
  yield* Deferred.await(all)
  return { responses, texts: Fiber.join(texts) }
})

const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))

const endedOf = (responses: ReadonlyArray<http.ServerResponse>) =>
  responses.filter(({ writableEnded }) => writableEnded).length

it.live("answers are written together at the end of the turn in which they were made", () =>
  Effect.gen(function*() {
    const { responses, texts } = yield* waiting(3)
    const batch = new AnswerBatch()
    responses.forEach((response, index) => batch.end(response, `answer ${index}`, "latin1"))
    assert.strictEqual(endedOf(responses), 0)
    yield* turn
    assert.strictEqual(endedOf(responses), 3)
    assert.sameMembers(yield* texts, ["answer 0", "answer 1", "answer 2"])
  }).pipe(Effect.scoped))

it.live("nobody waits for more than 32 answers", () =>
  Effect.gen(function*() {
    const { responses, texts } = yield* waiting(40)
    const batch = new AnswerBatch()
    responses.forEach((response) => batch.end(response, "é", "utf8"))
    assert.strictEqual(endedOf(responses), 32)
    assert.deepStrictEqual(yield* texts, Array.from({ length: 40 }, () => "é"))
  }).pipe(Effect.scoped))
