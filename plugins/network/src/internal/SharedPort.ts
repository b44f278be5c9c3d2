/**
 * A port that several processes of one app serve. Who runs the processes says here how this one comes to its connections;
 * without it the process has the port to itself.
 */
import * as Context from "effect/Context"
import type * as net from "node:net"

/** Connections that another process accepted and hands over. */
export interface HandedOver {
  /** Where that process listens. */
  readonly host: string
  readonly port: number
  /** Hands every connection to `take` until the returned function is called. */
  readonly receive: (take: (socket: net.Socket) => void) => () => void
  /** Tells that process that a connection which was handed over has closed. */
  readonly left: () => void
}

export interface SharedPort {
  /** How many serve it. */
  readonly processes: number
  /** Absent where every process listens itself, as `so_reuseport` lets it. */
  readonly handedOver?: HandedOver
  /** Is told where the process listens. */
  readonly bound: (address: { readonly host: string; readonly port: number; readonly url: string }) => void
}

export const SharedPort = Context.Reference<SharedPort | undefined>("@heptad/network/SharedPort", {
  defaultValue: () => undefined
})
