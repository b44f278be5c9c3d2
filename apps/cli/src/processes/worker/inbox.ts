/** Sorts what the first process says: the settings, sockets, orders. */
import type { Settings } from "@heptad/kernel"
import type { LimitPeers, SharedPort } from "@heptad/network/plugin"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { Socket } from "node:net"
import type { Begin, Operate, ToWorker } from "../messages.ts"
import { fromWire } from "../wireTree.ts"
import type { Link } from "./link.ts"

/** What needs a running app. */
export interface Orders {
  readonly drain: (reason: string) => void
  readonly operate: (order: Operate) => void
}

type Limits = NonNullable<typeof LimitPeers.Service>

type HandedOver = NonNullable<NonNullable<typeof SharedPort.Service>["handedOver"]>

export const make = Effect.fnUntraced(function*(link: Link) {
  const begun = yield* Deferred.make<Begin>()
  const reasons = yield* Queue.unbounded<string>()
  let tree: Settings.SettingsTree | undefined
  let take: ((socket: Socket) => void) | undefined
  let orders: Orders | undefined
  let hearLimit: Parameters<Limits["hear"]>[0] | undefined
  /** Told before there was anybody who could obey. */
  let stopFor: string | undefined

  const settle = (message: Exclude<ToWorker, { readonly _tag: "Connection" }>) => {
    switch (message._tag) {
      case "Begin":
        tree = fromWire(message.tree)
        return Deferred.doneUnsafe(begun, Effect.succeed(message))
      case "SettingsChanged":
        tree = fromWire(message.tree)
        return Queue.offerUnsafe(reasons, message.reason)
      case "Ping":
        return link.say({ _tag: "Pong", id: message.id })
      case "LimitNote":
        return hearLimit?.(message.note, message.from)
      case "Drain":
        stopFor = message.reason
        return orders?.drain(message.reason)
      case "Operate":
        return orders?.operate(message)
    }
  }
  /** Only a process that said it runs is sent connections, until it is told to drain. */
  const connect = (socket: Socket | undefined) => {
    if (take === undefined) socket?.destroy()
    else if (socket !== undefined) take(socket)
  }
  link.hear((message, socket) => message._tag === "Connection" ? connect(socket) : settle(message))

  const source = (first: Settings.SettingsTree): Settings.Source => ({
    read: () => Effect.sync(() => tree ?? first),
    changes: Stream.fromQueue(reasons)
  })
  const handedOver = (acceptor: Pick<HandedOver, "host" | "port">): HandedOver => ({
    ...acceptor,
    receive: (given) => {
      take = given
      return () => {
        take = undefined
      }
    },
    left: () => link.say({ _tag: "Left" })
  })
  const limitPeers: Limits = {
    tell: (note, to) => link.note({ _tag: "LimitNote", note, to }),
    hear: (take) => {
      hearLimit = take
      return () => {
        hearLimit = undefined
      }
    }
  }
  return {
    begun: Deferred.await(begun),
    source,
    handedOver,
    limitPeers,
    obey: (given: Orders) => {
      orders = given
      if (stopFor !== undefined) given.drain(stopFor)
    }
  } as const
})

export type Inbox = Effect.Success<ReturnType<typeof make>>
