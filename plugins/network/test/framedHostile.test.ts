/** Peers that break the framed protocol, die in the middle of it, or do nothing: each is answered, closed and counted. */
import { assert, describe, it } from "@effect/vitest"
import { Codecs, Value } from "@heptad/container"
import { type FramedServer } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import fc from "fast-check"
import { type Frame, headBytes, kinds } from "../src/internal/framed/frame.ts"
import type { Outgoing } from "../src/internal/framed/outgoing.ts"
import {
  bytesOf,
  client,
  create,
  gate,
  growth,
  message,
  type Peer,
  peer,
  ping,
  series,
  server
} from "./framedSupport.ts"
import { until } from "./support.ts"

const refusal = (code: string, number: number, detail: string) => ({ code, number, detail, retryable: false })

/** That a normal client notices nothing. */
const servesOthers = Effect.scoped(Effect.gen(function*() {
  const { request } = yield* client()
  assert.deepStrictEqual(yield* request(create, { item: "tea", quantity: 1 }), { text: "1 tea", from: "" })
}))

const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}

const frame = (kind: number, id: number, payload: Uint8Array = Buffer.alloc(0), flags = 0): Outgoing => ({
  kind,
  flags,
  id,
  payload
})

const valid = bytesOf(frame(kinds.message, 1, Buffer.from("hello")))

const hello = "These bytes are not the framed protocol. Check the port and whether TLS is spoken on both sides."

const faults: ReadonlyArray<readonly [name: string, reason: string, bytes: Buffer, detail: string]> = [
  ["HTTP", "magic", Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n"), hello],
  ["a TLS handshake", "magic", Buffer.from([0x16, 3, 1, 0, 200]), hello],
  [
    "another version",
    "version",
    changed(valid, 1, 2),
    "This end speaks version 1 of the framed protocol. Use a peer of the same version."
  ],
  ["an unknown kind", "kind", changed(valid, 6, 9), "The frame is of an unknown kind. Check the peer."],
  ["unknown flags", "flags", changed(valid, 7, 128), "The frame has unknown flags. Check the peer."],
  [
    "a wrong checksum",
    "checksum",
    changed(valid, headBytes, 0),
    "The checksum of the frame does not match: bytes were changed on the way. Check what stands in between."
  ],
  [
    "a ping with a payload",
    "length",
    bytesOf(frame(kinds.ping, 1, Buffer.alloc(9))),
    "A ping is empty and a pong has 8 bytes. Check the peer."
  ],
  [
    "a reply to a server",
    "unexpected_kind",
    bytesOf(frame(kinds.reply, 1)),
    "A server sends no messages, a client no replies, errors or goaways. Check which end is which."
  ],
  [
    "a request with id 0",
    "reserved_id",
    bytesOf(frame(kinds.message, 0)),
    "Id 0 belongs to the connection. Give requests ids from 1 on."
  ],
  [
    "a trace context that is cut short",
    "trace_context",
    bytesOf(frame(kinds.message, 1, Buffer.alloc(24), 2)),
    "The flag says that a trace context stands before the payload, which is shorter than 25 bytes."
  ],
  [
    "a ping flood",
    "ping_flood",
    bytesOf(...Array.from({ length: 11 }, (_, index) => ping(index + 1))),
    "More than 10 pings in a second. Ping less often."
  ]
]

const connectionErrors = ({ errors, frames }: Peer) => {
  assert.strictEqual(frames.findLast(({ kind }: Frame) => kind === kinds.error)?.id, 0)
  return errors()
}

describe("what breaks the protocol is told why, the connection is closed, and others are served", () => {
  for (const [name, reason, bytes, detail] of faults) {
    it.live(name, () =>
      Effect.gen(function*() {
        const counted = yield* growth(
          Effect.gen(function*() {
            const foe = yield* peer
            foe.write(bytes)
            yield* foe.closed
            assert.deepStrictEqual(connectionErrors(foe), [refusal("network.receive", -641, detail)])
          }),
          "framed_frames_refused_total",
          { reason }
        )
        assert.strictEqual(counted, 1)
        yield* servesOthers
      }).pipe(Effect.scoped, Effect.provide(server())))
  }

  it.live("a length over the limit, before a byte of the payload came", () =>
    Effect.gen(function*() {
      const foe = yield* peer
      foe.write(bytesOf(frame(kinds.message, 1, Buffer.alloc(5000))).subarray(0, headBytes))
      yield* foe.closed
      assert.deepStrictEqual(connectionErrors(foe), [
        refusal(
          "network.message_too_large",
          -642,
          "The frame is too large. Send less at a time, or raise network.framed.max_frame_size."
        )
      ])
    }).pipe(Effect.scoped, Effect.provide(server({ max_frame_size: "4KB" }))))

  it.live("two requests of one id", () => {
    const { pass, seen } = gate()
    return Effect.gen(function*() {
      const codecs = yield* Codecs
      const foe = yield* peer
      const request = yield* message(codecs, 7, "slow", {})
      foe.write(bytesOf(request, request))
      yield* foe.closed
      assert.deepStrictEqual(connectionErrors(foe), [
        refusal(
          "network.receive",
          -641,
          "A request with this id is under way. Give every request of a connection another id."
        )
      ])
      assert.deepStrictEqual(seen, { waiting: 1, interrupted: 1 })
    }).pipe(Effect.scoped, Effect.provide(server({}, pass)))
  })

  it.live("a fault behind valid requests: those are answered first", () =>
    Effect.gen(function*() {
      const codecs = yield* Codecs
      const foe = yield* peer
      foe.write(Buffer.concat([bytesOf(yield* message(codecs, 1), yield* message(codecs, 2)), Buffer.from("garbage")]))
      yield* foe.closed
      assert.deepStrictEqual(foe.frames.map(({ id, kind }) => [kind, id]), [
        [kinds.reply, 1],
        [kinds.reply, 2],
        [kinds.error, 0]
      ])
    }).pipe(Effect.scoped, Effect.provide(server())))
})

describe("peers that die", () => {
  const dies = (name: string, die: (peer: Peer) => void) =>
    it.live(name, () =>
      Effect.gen(function*() {
        const truncated = yield* growth(
          Effect.gen(function*() {
            const codecs = yield* Codecs
            const foe = yield* peer
            foe.write(bytesOf(yield* message(codecs, 1)))
            yield* until(Effect.sync(() => foe.frames.length === 1))
            foe.write(bytesOf(yield* message(codecs, 2)).subarray(0, -1))
            yield* Effect.sleep("20 millis")
            die(foe)
            yield* until(Effect.map(series("framed_connections_active"), (open) => open === 0))
          }),
          "framed_frames_refused_total",
          { reason: "truncated" }
        )
        assert.strictEqual(truncated, 1)
        yield* servesOthers
      }).pipe(Effect.scoped, Effect.provide(server())))

  dies("in the middle of a frame", ({ socket }) => socket.destroy())
  dies("by a reset", ({ socket }) => socket.resetAndDestroy())
})

describe("peers that are slow", () => {
  const given = (
    name: string,
    reason: string,
    framed: Parameters<typeof server>[0],
    act: (foe: Peer, whole: Buffer) => Effect.Effect<void>
  ) =>
    it.live(name, () =>
      Effect.gen(function*() {
        const counted = yield* growth(
          Effect.gen(function*() {
            const foe = yield* peer
            const whole = bytesOf(yield* message(yield* Codecs, 1))
            yield* Effect.forkScoped(act(foe, whole))
            yield* foe.closed
          }),
          "framed_connections_cut_total",
          { reason }
        )
        assert.strictEqual(counted, 1)
      }).pipe(Effect.scoped, Effect.provide(server(framed))))

  given("say nothing after they connected", "handshake_timeout", { handshake_timeout: "60ms" }, () => Effect.void)
  given(
    "send a first frame byte by byte",
    "handshake_timeout",
    { handshake_timeout: "100ms" },
    (foe, whole) =>
      Effect.forEach(
        [...whole],
        (byte) => Effect.andThen(Effect.sync(() => foe.write(Buffer.from([byte]))), Effect.sleep("10 millis")),
        { discard: true }
      )
  )
  given("send a later frame byte by byte", "read_timeout", { read_timeout: "100ms" }, (foe, whole) =>
    Effect.andThen(
      Effect.sync(() => foe.write(whole)),
      Effect.forEach(
        [...whole],
        (byte) => Effect.andThen(Effect.sleep("10 millis"), Effect.sync(() => foe.write(Buffer.from([byte])))),
        { discard: true }
      )
    ))
  given(
    "vanish without a word: a ping finds out",
    "heartbeat_timeout",
    { heartbeat_interval: "40ms", heartbeat_timeout: "40ms" },
    (foe, whole) => Effect.sync(() => foe.write(whole))
  )
})

it.live("who answers pings may be silent for as long as idle_timeout, and is then asked to go", () =>
  Effect.gen(function*() {
    const foe = yield* peer
    foe.write(bytesOf(ping(1)))
    let answered = 0
    const answer = Effect.sync(() => {
      const asked = foe.frames.filter(({ kind }) => kind === kinds.ping)
      for (const { id } of asked.slice(answered)) foe.write(bytesOf(frame(kinds.pong, id, Buffer.alloc(8))))
      answered = asked.length
    })
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(answer, Effect.sleep("5 millis"))))
    yield* foe.closed
    assert.isAbove(answered, 3)
    assert.deepStrictEqual(foe.frames.filter(({ kind }) => kind === kinds.goaway).length, 1)
  }).pipe(
    Effect.scoped,
    Effect.provide(server({ heartbeat_interval: "30ms", heartbeat_timeout: "500ms", idle_timeout: "400ms" }))
  ))

it.live("a flood of faults leaves one line in the log", () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => {
    lines.push(String(message))
  })
  return Effect.gen(function*() {
    yield* Effect.forEach(Array.from({ length: 30 }), () =>
      Effect.scoped(Effect.gen(function*() {
        const foe = yield* peer
        foe.write(Buffer.from("nonsense"))
        yield* foe.closed
      })))
    assert.deepStrictEqual(lines.filter((line) => line.includes("magic")), [
      "framed: a connection of 127.0.0.1 was closed: magic. These bytes are not the framed protocol. Check the port and " +
      "whether TLS is spoken on both sides."
    ])
  }).pipe(Effect.scoped, Effect.provide(server().pipe(Layer.provideMerge(Logger.layer([logger])))))
})

describe("random bytes", () => {
  it.live(
    "end their connections one way or another, and a normal client is served meanwhile",
    () =>
      Effect.gen(function*() {
        const codecs = yield* Codecs
        const whole = bytesOf(
          yield* message(codecs, 1),
          yield* message(codecs, 2, "large", { bytes: Value.int(100) }),
          ping(3)
        )
        const { request } = yield* client()
        const run = Effect.runPromiseWith(yield* Effect.context<FramedServer>())
        const bytes = fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((each) => Buffer.from(each)),
          fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => changed(whole, at, value)),
          fc.nat(whole.length).map((end) => whole.subarray(0, end))
        )
        const attack = (attack: Buffer, cuts: ReadonlyArray<number>) =>
          Effect.scoped(Effect.gen(function*() {
            const foe = yield* peer
            for (const cut of [...cuts.toSorted((a, b) => a - b), attack.length]) foe.write(attack.subarray(0, cut))
            foe.socket.end()
            yield* foe.closed
            assert.match((yield* request(create, { item: "tea", quantity: 1 })).text, /1 tea/)
          }))
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(bytes, fc.array(fc.nat(50), { maxLength: 3 }), (each, cuts) => run(attack(each, cuts))),
            { numRuns: 60 }
          )
        )
        yield* until(Effect.map(series("framed_connections_active"), (open) => open === 1))
      }).pipe(Effect.scoped, Effect.provide(server())),
    60_000
  )
})
