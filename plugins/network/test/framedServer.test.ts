/** What a framed client gets from the server, good or bad. */
import { assert, describe, it } from "@effect/vitest"
import { Codecs, Value } from "@heptad/container"
import * as Effect from "effect/Effect"
import { kinds } from "../src/internal/framed/frame.ts"
import {
  addressOf,
  broken,
  bytesOf,
  client,
  create,
  gate,
  growth,
  large,
  message,
  peer,
  ping,
  series,
  server,
  slow,
  unknown
} from "./framedSupport.ts"
import { until } from "./support.ts"

describe("requests", () => {
  it.live("are answered by the handler of their type, as values of their schemas", () =>
    Effect.gen(function*() {
      const { request, state } = yield* client({ source: "shop" })
      assert.deepStrictEqual(yield* request(create, { item: "tea", quantity: 2 }), { text: "2 tea", from: "shop" })
      assert.deepStrictEqual(yield* state, { connected: true, inFlight: 0, waiting: 0 })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("may be sent as JSON containers, and are answered in kind", () =>
    Effect.gen(function*() {
      const { request } = yield* client({ format: "json" })
      assert.deepStrictEqual(yield* request(create, { item: "tea", quantity: 3 }), { text: "3 tea", from: "" })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("go many at a time over one connection, and each gets its own reply", () =>
    Effect.gen(function*() {
      const { request } = yield* client({ maxWaiting: 2000 })
      const numbers = Array.from({ length: 2000 }, (_, index) => index)
      const replies = yield* Effect.forEach(numbers, (quantity) => request(create, { item: "tea", quantity }), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(replies.map(({ text }) => text), numbers.map((number) => `${number} tea`))
      assert.strictEqual(yield* series("framed_connections_active"), 1)
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("of which a reply fills many buffers get all of it", () =>
    Effect.gen(function*() {
      const { request } = yield* client({ maxFrameSize: 8 * 1024 * 1024 })
      const { text } = yield* request(large, { bytes: 4 * 1024 * 1024 })
      assert.strictEqual(text.length, 4 * 1024 * 1024)
    }).pipe(Effect.scoped, Effect.provide(server({ max_frame_size: "8MB" }))))
})

describe("a request that is not answered", () => {
  const errorOf = Effect.fnUntraced(function*(item: string) {
    const { request } = yield* client()
    return yield* Effect.flip(request(create, { item, quantity: 1 }))
  })

  it.live("is told the error of the handler with its code", () =>
    Effect.gen(function*() {
      const error = yield* errorOf("unicorn")
      assert.deepInclude(error, {
        _tag: "FramedRemoteError",
        code: "common.not_found",
        number: -2,
        detail: "There is no unicorn left. Order something else.",
        retryable: false
      })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("is not told the message of what went wrong inside", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* errorOf("broken"), {
        code: "database.query_failed",
        detail: "The server failed to answer this request. Look at its log."
      })
      const { request } = yield* client()
      assert.deepInclude(yield* Effect.flip(request(broken, { item: "tea", quantity: 1 })), {
        code: "common.internal_error",
        detail: "The server failed to answer this request. Look at its log."
      })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("is told that nobody answers its type", () =>
    Effect.gen(function*() {
      const { request } = yield* client()
      assert.deepInclude(yield* Effect.flip(request(unknown, { item: "tea", quantity: 1 })), {
        code: "common.not_found",
        detail: "This server answers no container of this type and version. Compare them with its documentation."
      })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("is told where its payload does not fit, or is no container, and the connection stays", () =>
    Effect.gen(function*() {
      const codecs = yield* Codecs
      const { errors, frames, write } = yield* peer
      write(bytesOf(
        yield* message(codecs, 1, "order.create", { item: Value.string("tea"), quantity: Value.string("two") }),
        { kind: kinds.message, flags: 0, id: 2, payload: Buffer.from("nonsense") },
        yield* message(codecs, 3)
      ))
      yield* until(Effect.sync(() => frames.length === 3))
      assert.match(JSON.stringify(errors()[0]), /container\.conversion.*quantity/)
      assert.match(JSON.stringify(errors()[1]), /container\.deserialise/)
      assert.deepInclude(frames[2], { kind: kinds.reply, id: 3 })
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("is told that its reply would be too large", () =>
    Effect.gen(function*() {
      const { request } = yield* client()
      assert.deepInclude(yield* Effect.flip(request(large, { bytes: 5000 })), { code: "network.message_too_large" })
    }).pipe(Effect.scoped, Effect.provide(server({ max_frame_size: "4KB" }))))
})

describe("metrics", () => {
  it.live("count requests by type and outcome, with a bound on the types", () =>
    Effect.gen(function*() {
      const { request } = yield* client()
      const of = (type: string, outcome: string, self: Effect.Effect<unknown, unknown>) =>
        growth(Effect.exit(self), "framed_requests_total", { type, outcome })
      const order = { item: "tea", quantity: 1 }
      assert.deepStrictEqual([
        yield* of("order.create", "ok", request(create, order)),
        yield* of("order.create", "failed", request(create, { ...order, item: "unicorn" })),
        yield* of("order.broken", "defect", request(broken, order)),
        yield* of("OTHER", "failed", request(unknown, order))
      ], [1, 1, 1, 1])
      assert.strictEqual(yield* growth(request(create, order), "framed_request_duration_seconds"), 1)
    }).pipe(Effect.scoped, Effect.provide(server())))
})

describe("back-pressure", () => {
  it.live("no more is read than may be worked on at a time, and pings are answered all the same", () => {
    const { open, pass, seen } = gate()
    return Effect.gen(function*() {
      const codecs = yield* Codecs
      const { frames, write } = yield* peer
      const ids = [1, 2, 3, 4, 5]
      const requests = yield* Effect.forEach(ids, (id) => message(codecs, id, "slow", {}))
      write(bytesOf(...requests.slice(0, 2), ping(77), ...requests.slice(2)))
      yield* until(Effect.sync(() => seen.waiting === 2 && frames.some(({ kind }) => kind === kinds.pong)))
      write(bytesOf(ping(78)))
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual([seen.waiting, frames.length], [2, 1])
      yield* open
      yield* until(Effect.sync(() => frames.length === 7))
      assert.deepStrictEqual(
        frames.filter(({ kind }) => kind === kinds.reply).map(({ id }) => id).toSorted((a, b) => a - b),
        ids
      )
      assert.strictEqual(frames.at(-1)?.id, 78)
    }).pipe(Effect.scoped, Effect.provide(server({ max_in_flight: 2 }, pass)))
  })

  it.live("a client that takes no replies is not read from any more, and cut off by the write timeout", () =>
    Effect.gen(function*() {
      const codecs = yield* Codecs
      const { isClosed, socket, write } = yield* peer
      socket.pause()
      const requests = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, index) => index + 1),
        (id) => message(codecs, id, "large", { bytes: Value.int(500_000) })
      )
      const answered = yield* growth(
        Effect.gen(function*() {
          write(bytesOf(...requests))
          yield* until(Effect.map(series("framed_connections_cut_total", { reason: "write_timeout" }), (n) => n > 0))
        }),
        "framed_requests_total",
        { type: "large" }
      )
      assert.isBelow(answered, 50)
      socket.resume()
      yield* until(Effect.sync(isClosed))
    }).pipe(Effect.scoped, Effect.provide(server({ write_timeout: "200ms" }))))
})

describe("limits of connections", () => {
  it.live("further ones are closed at once and counted", () =>
    Effect.gen(function*() {
      const first = yield* peer
      first.write(bytesOf(ping(1)))
      yield* until(Effect.sync(() => first.frames.length === 1))
      const refused = yield* growth(
        Effect.gen(function*() {
          const second = yield* peer
          yield* second.closed
        }),
        "framed_connections_refused_total",
        { reason: "max_connections_per_ip" }
      )
      assert.deepStrictEqual([refused, first.isClosed()], [1, false])
      first.socket.destroy()
      yield* until(Effect.map(series("framed_connections_active"), (open) => open === 0))
      const third = yield* peer
      third.write(bytesOf(ping(1)))
      yield* until(Effect.sync(() => third.frames.length === 1))
    }).pipe(Effect.scoped, Effect.provide(server({ max_connections_per_ip: 1 }))))

  it.live("the limit of the process holds too", () =>
    Effect.gen(function*() {
      yield* peer
      const second = yield* peer
      const third = yield* peer
      yield* third.closed
      assert.isFalse(second.isClosed())
    }).pipe(Effect.scoped, Effect.provide(server({ max_connections: 2 }))))
})

it.live("without network.framed.enabled nothing listens, and routes may be handled all the same", () =>
  Effect.gen(function*() {
    const defect = yield* Effect.exit(addressOf)
    assert.strictEqual(defect._tag, "Failure")
  }).pipe(Effect.scoped, Effect.provide(server({ enabled: false }))))

it.live("a handler is interrupted when its client goes away", () => {
  const { pass, seen } = gate()
  return Effect.gen(function*() {
    const codecs = yield* Codecs
    const { socket, write } = yield* peer
    write(bytesOf(yield* message(codecs, 1, "slow", {})))
    yield* until(Effect.sync(() => seen.waiting === 1))
    const cancelled = yield* growth(
      Effect.andThen(
        Effect.sync(() => socket.destroy()),
        until(Effect.sync(() => seen.interrupted === 1))
      ),
      "framed_requests_total",
      { type: "slow", outcome: "cancelled" }
    )
    assert.strictEqual(cancelled, 1)
  }).pipe(Effect.scoped, Effect.provide(server({}, pass)))
})

it.live("a client that closes its half is answered before the other half is closed", () => {
  const { open, pass, seen } = gate()
  return Effect.gen(function*() {
    const codecs = yield* Codecs
    const { closed, frames, socket, write } = yield* peer
    write(bytesOf(yield* message(codecs, 1, "slow", {})))
    socket.end()
    yield* until(Effect.sync(() => seen.waiting === 1))
    yield* open
    yield* closed
    const replies = frames.filter(({ kind }) => kind !== kinds.ping)
    assert.deepStrictEqual(replies.map(({ id, kind }) => [kind, id]), [[kinds.reply, 1]])
  }).pipe(Effect.scoped, Effect.provide(server({}, pass)))
})

it.live("two handlers of a route are a mistake of who composed the app", () =>
  Effect.gen(function*() {
    const { FramedServer } = yield* Effect.promise(() => import("@heptad/network"))
    const { handle } = yield* FramedServer
    const exit = yield* Effect.exit(handle(slow, () => Effect.succeed({ done: true })))
    assert.match(String(exit), /two handlers of the framed route \\?"slow\\?" 1\.0: remove one of them/)
  }).pipe(Effect.scoped, Effect.provide(server())))
