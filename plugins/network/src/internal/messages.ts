/** Request and response classes of one listener: they count bodies, and know which sockets wait for the end of an answer. */
import * as http from "node:http"
import type * as net from "node:net"
import { BodyTooLarge, type Limits } from "../middleware/limits.ts"

export interface Traffic {
  /** The answer that each busy socket waits for. */
  readonly answers: Map<net.Socket, Pick<http.ServerResponse, "headersSent" | "shouldKeepAlive" | "writableEnded">>
  /** From now on every answer is the last of its connection. */
  draining: boolean
}

export const traffic = (): Traffic => ({ answers: new Map(), draining: false })

export const classes = (
  state: Traffic,
  limits: Pick<Limits, "max_request_size">
): Required<Pick<http.ServerOptions, "IncomingMessage" | "ServerResponse">> => {
  class Request extends http.IncomingMessage {
    #arrived = 0

    /**
     * Bodies with a Content-Length were judged by it, and buffered ones are counted by who buffers them; this also ends a
     * chunked body that a handler reads as a stream. The chunk is handed on first, so that a buffering reader answers 413.
     */
    override push(chunk: Uint8Array | string | null, encoding?: BufferEncoding): boolean {
      const more = super.push(chunk, encoding)
      this.#arrived += chunk?.length ?? 0
      if (this.#arrived <= limits.max_request_size) return more
      if (this.listenerCount("error") > 0) this.emit("error", new BodyTooLarge())
      return false
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
}
