/** What is under way on one listener: its connections, and the answers that they wait for. */
import type * as http from "node:http"
import type * as net from "node:net"
import { none, type Sessions } from "./http2Sessions.ts"
import { answerOn } from "./nodeInternals.ts"

/** The bytes that a connection had carried when it was looked at last. */
export interface Carried {
  read: number
  written: number
}

export interface Traffic {
  readonly sockets: Map<net.Socket, Carried>
  /** Sockets that have not said yet whom they come from. */
  readonly nameless: Set<net.Socket>
  /** From now on every answer is the last of its connection. */
  draining: boolean
  /** Of HTTP/2, whose answers are not among those of the sockets. */
  sessions: Sessions
}

export const traffic = (): Traffic => ({ sockets: new Map(), nameless: new Set(), draining: false, sessions: none })

/** The answers that connections of HTTP/1.1 wait for. */
export const answersOf = ({ sockets }: Traffic): ReadonlyArray<http.ServerResponse> =>
  [...sockets.keys()].flatMap((socket) => answerOn(socket) ?? [])

/** Requests that are being answered. */
export const answering = (traffic: Traffic): number => answersOf(traffic).length + traffic.sessions.streams()

/** Answers under way become the last of their connections, where their head is not sent yet. */
export const drain = (traffic: Traffic): void => {
  traffic.draining = true
  for (const answer of answersOf(traffic)) answer.shouldKeepAlive = false
  traffic.sessions.announce()
}
