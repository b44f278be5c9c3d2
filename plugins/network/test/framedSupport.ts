/** A framed server with a few routes, and a peer that speaks the protocol byte by byte, so that it can also break it. */
import { ErrorCode } from "@heptad/common"
import { type Codecs, Container, Value } from "@heptad/container"
import { ContainerPlugin } from "@heptad/container/plugin"
import { Kernel } from "@heptad/kernel"
import * as KernelTesting from "@heptad/kernel/testing"
import { FramedClient, FramedRoute, FramedServer, type NetworkConfig } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import * as tls from "node:tls"
import { type Frame, kinds } from "../src/internal/framed/frame.ts"
import { FrameParser } from "../src/internal/framed/FrameParser.ts"
import { type Outgoing, piecesOf } from "../src/internal/framed/outgoing.ts"
import { until } from "./support.ts"

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { item: Schema.String }) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    return `There is no ${this.item} left. Order something else.`
  }
}

class StoreBroken extends Schema.TaggedError<StoreBroken>()("StoreBroken", {}) {
  readonly errorCode = ErrorCode.of("database.query_failed")

  override get message() {
    return "the password is hunter2"
  }
}

const Order = Schema.Struct({ item: Schema.String, quantity: Schema.Int })
const Receipt = Schema.Struct({ text: Schema.String, from: Schema.String })

export const create = FramedRoute.make("order.create", { payload: Order, reply: Receipt })
export const broken = FramedRoute.make("order.broken", { payload: Order, reply: Receipt })
/** Answers as many bytes as it is asked for. */
export const large = FramedRoute.make("large", {
  payload: Schema.Struct({ bytes: Schema.Int }),
  reply: Schema.Struct({ text: Schema.String })
})
/** Waits for `open`. */
export const slow = FramedRoute.make("slow", {
  payload: Schema.Struct({}),
  reply: Schema.Struct({ done: Schema.Boolean })
})
export const unknown = FramedRoute.make("nobody.answers", { payload: Order, reply: Receipt })

/** Lets the handlers of `slow` go, and counts those that wait and those that were interrupted. */
export const gate = () => {
  const opened = Deferred.makeUnsafe<void>()
  const seen = { waiting: 0, interrupted: 0 }
  return {
    seen,
    open: Deferred.succeed(opened, undefined),
    pass: Effect.suspend(() => {
      seen.waiting++
      return Effect.onInterrupt(Deferred.await(opened), () => Effect.sync(() => seen.interrupted++))
    })
  }
}

export const routes = (pass: Effect.Effect<void> = Effect.void) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { handle } = yield* FramedServer
    yield* handle(
      create,
      Effect.fnUntraced(function*({ item, quantity }, { header }) {
        if (item === "unicorn") return yield* new OutOfStock({ item })
        if (item === "broken") return yield* new StoreBroken({})
        return { text: `${quantity} ${item}`, from: header.source }
      })
    )
    yield* handle(broken, () => Effect.die(new Error("boom: the password is hunter2")))
    yield* handle(large, ({ bytes }) => Effect.succeed({ text: "x".repeat(bytes) }))
    yield* handle(slow, () => Effect.as(pass, { done: true }))
  }))

export const codecs = Layer.provide(Kernel.layer([ContainerPlugin]), KernelTesting.settings({}))

type Framed = NonNullable<(typeof NetworkConfig.Encoded)["framed"]>
type Tls = NonNullable<(typeof NetworkConfig.Encoded)["tls"]>

export const server = (framed: Framed = {}, pass?: Effect.Effect<void>, tls: Tls = {}) =>
  routes(pass).pipe(
    Layer.provideMerge(layerTest({ settings: { tls, framed: { enabled: true, port: 0, ...framed } } })),
    Layer.provideMerge(codecs)
  )

export const addressOf = Effect.map(FramedServer, ({ address }) => {
  if (address === undefined) throw new Error("the framed server does not listen")
  return address
})

export const client = (options: Partial<FramedClient.ClientOptions> = {}) =>
  Effect.flatMap(addressOf, ({ host, port }) => FramedClient.connect({ host, port, ...options }))

/** One series of a counter or gauge; 0 where nothing was counted yet. */
export const series = (name: string, attributes: Readonly<Record<string, string>> = {}) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.filter((each) =>
      each.id === name && Object.entries(attributes).every(([key, value]) => each.attributes?.[key] === value)
    )
    return found.reduce((sum, { state }) => {
      if ("count" in state) return sum + Number(state.count)
      return "value" in state ? sum + Number(state.value) : sum
    }, 0)
  })

/** How much a series grows while `self` runs. */
export const growth = Effect.fnUntraced(function*<A, E, R>(
  self: Effect.Effect<A, E, R>,
  name: string,
  attributes: Readonly<Record<string, string>> = {}
) {
  const before = yield* series(name, attributes)
  yield* self
  return (yield* series(name, attributes)) - before
})

const nothing = Buffer.alloc(0)

export const message = (
  encoder: Codecs["Service"],
  id: number,
  type = "order.create",
  values: Readonly<Record<string, Value.Value>> = { item: Value.string("tea"), quantity: Value.int(id) }
): Effect.Effect<Outgoing> =>
  Effect.map(
    Effect.orDie(encoder.encode(Container.make({ source: "shop", type }, values), "messagepack")),
    (payload) => ({ kind: kinds.message, flags: 0, id, payload })
  )

export const ping = (id: number): Outgoing => ({ kind: kinds.ping, flags: 0, id, payload: nothing })

export const bytesOf = (...frames: ReadonlyArray<Outgoing>): Buffer => Buffer.concat(piecesOf(frames))

export interface Peer {
  readonly socket: net.Socket
  readonly write: (bytes: Uint8Array) => void
  readonly frames: ReadonlyArray<Frame>
  /** What error frames say. */
  readonly errors: () => ReadonlyArray<unknown>
  readonly isClosed: () => boolean
  readonly closed: Effect.Effect<void>
}

/** A socket that parses what it gets; it answers no ping by itself. */
export const peerOf = (socket: net.Socket) =>
  Effect.acquireRelease(
    Effect.sync((): Peer => {
      const frames: Array<Frame> = []
      const parser = new FrameParser(() => 64 * 1024 * 1024)
      let closed = false
      socket.on("data", (piece: Buffer) => {
        parser.feed(piece)
        for (let next = parser.next(); next !== undefined; next = parser.next()) {
          if (typeof next === "string") throw new Error(next)
          frames.push(next)
        }
      })
      socket.on("error", () => {})
      socket.on("close", () => {
        closed = true
      })
      return {
        socket,
        frames,
        write: (bytes) => {
          socket.write(bytes)
        },
        errors: () =>
          frames.filter(({ kind }) => kind === kinds.error).map(({ payload }) =>
            JSON.parse(Buffer.from(payload).toString("utf8"))
          ),
        isClosed: () => closed,
        closed: until(Effect.sync(() => closed))
      }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

export const peer = Effect.flatMap(addressOf, ({ host, port }) =>
  Effect.flatMap(
    Effect.callback<net.Socket>((resume) => {
      const socket = net.connect(port, host, () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    peerOf
  ))

export const tlsPeer = (options: tls.ConnectionOptions) =>
  Effect.flatMap(addressOf, ({ host, port }) =>
    Effect.callback<tls.TLSSocket, Error>((resume) => {
      const socket = tls.connect({ host, port, ...options }, () => resume(Effect.succeed(socket)))
      socket.on("error", (error) => resume(Effect.fail(error)))
    }))
