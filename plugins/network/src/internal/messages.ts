/** Request and response classes of one listener: they count bodies, and know which sockets wait for the end of an answer. */
import * as http from "node:http"
import type * as net from "node:net"
import type { Limits } from "../middleware/limits.ts"
import { isTooMany } from "./bodyCount.ts"
import { none, type Sessions } from "./http2Sessions.ts"

export interface Traffic {
  /** The answer that each busy socket waits for. */
  readonly answers: Map<net.Socket, Pick<http.ServerResponse, "headersSent" | "shouldKeepAlive" | "writableEnded">>
  /** From now on every answer is the last of its connection. */
  draining: boolean
  /** Of HTTP/2, whose answers are not among those of the sockets. */
  sessions: Sessions
}

export const traffic = (): Traffic => ({ answers: new Map(), draining: false, sessions: none })

/** Requests that are being answered. */
export const answering = ({ answers, sessions }: Traffic): number => answers.size + sessions.streams()

export const classes = (
  state: Traffic,
  limits: Pick<Limits, "max_request_size">
): Required<Pick<http.ServerOptions, "IncomingMessage" | "ServerResponse">> => {
  class Request extends http.IncomingMessage {
    #arrived = 0

    override push(chunk: Uint8Array | string | null, encoding?: BufferEncoding): boolean {
      const more = super.push(chunk, encoding)
      this.#arrived += chunk?.length ?? 0
      return !isTooMany(this, this.#arrived, limits.max_request_size) && more
    }
  }

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

  return { IncomingMessage: Request, ServerResponse: Response }
}

/** Answers under way become the last of their connections, where their head is not sent yet. */
export const drain = (state: Traffic): void => {
  state.draining = true
  for (const answer of state.answers.values()) answer.shouldKeepAlive = false
  state.sessions.announce()
}
