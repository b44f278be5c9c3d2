import { assert, it } from "@effect/vitest"
import { PermissionDenied, PermissionsUnavailable, Problem } from "@heptad/network"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"

/** What is logged while a declared error becomes a problem. */
const loggedBy = Effect.fnUntraced(function*<E, A>(encode: Effect.Effect<A, E>) {
  const messages: Array<unknown> = []
  const capture = Logger.make<unknown, void>(({ cause, message }) => {
    messages.push([message, Cause.squash(cause)])
  })
  yield* Effect.provide(encode, Logger.layer([capture]))
  return messages
})

it.effect("a declared error that the server is to blame for is logged with its cause, one of the client is not", () =>
  Effect.gen(function*() {
    const unavailable = new PermissionsUnavailable({ cause: "the database is away" })
    const ours = Schema.encodeEffect(Problem.of(PermissionsUnavailable, "common.not_initialized"))(unavailable)
    const theirs = Schema.encodeEffect(Problem.of(PermissionDenied, "common.permission_denied"))(
      new PermissionDenied({ permission: "orders:read" })
    )
    assert.deepStrictEqual(yield* loggedBy(ours), [[["request failed"], unavailable]])
    assert.deepStrictEqual(yield* loggedBy(theirs), [])
  }))
