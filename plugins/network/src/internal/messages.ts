/** Request and response classes of one listener: bodies pass their guard, and it is known which sockets wait for the end of an answer. */
import * as http from "node:http"
import type * as net from "node:net"
import type { BodyGuard } from "./BodyGuard.ts"
import { none, type Sessions } from "./http2Sessions.ts"

/** A request whose body has a guard, whatever the version of HTTP. */
export interface Guarded {
  guard: BodyGuard | undefined
}

export interface Traffic {
  /** The answer that each busy socket waits for. */
  readonly answers: Map<net.Socket, Pick<http.ServerResponse, "headersSent" | "shouldKeepAlive" | "writableEnded">>
  /** Sockets that have not said yet whom they come from. */
  readonly nameless: Set<net.Socket>
  /** From now on every answer is the last of its connection. */
  draining: boolean
  /** Of HTTP/2, whose answers are not among those of the sockets. */
  sessions: Sessions
}

export const traffic = (): Traffic => ({ answers: new Map(), nameless: new Set(), draining: false, sessions: none })

/** Requests that are being answered. */
export const answering = ({ answers, sessions }: Traffic): number => answers.size + sessions.streams()

class GuardedRequest extends http.IncomingMessage implements Guarded {
  /** Bodies that the server reads itself have none. */
  guard: BodyGuard | undefined = undefined

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    if (chunk === null || this.guard === undefined || this.guard.admits(chunk)) return super.push(chunk, encoding)
    return false
  }

  /** A reader that is interrupted destroys what it reads, and node the socket with it, on which the client is still to be told why. */
  override destroy(error?: Error): this {
    return this.guard?.hasRefused === true && !this.socket.destroyed ? this : super.destroy(error)
  }
}

export const classes = (
  state: Traffic
): Required<Pick<http.ServerOptions, "IncomingMessage" | "ServerResponse">> => {
  class Response<Q extends http.IncomingMessage = http.IncomingMessage> extends http.ServerResponse<Q> {
    override assignSocket(socket: net.Socket): void {
      super.assignSocket(socket)
      state.answers.set(socket, this)
      if (state.draining) this.shouldKeepAlive = false
    }

    override detachSocket(socket: net.Socket): void {
      state.answers.delete(socket)
      super.detachSocket(socket)
    }
  }

  return { IncomingMessage: GuardedRequest, ServerResponse: Response }
}

/** Answers under way become the last of their connections, where their head is not sent yet. */
export const drain = (state: Traffic): void => {
  state.draining = true
  for (const answer of state.answers.values()) answer.shouldKeepAlive = false
  state.sessions.announce()
}
