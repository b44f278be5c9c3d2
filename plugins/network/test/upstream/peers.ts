/** Upstreams on real sockets that behave as a test wants, and the client of one of them. */
import { UpstreamFailed, type UpstreamFault } from "@heptad/network"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as TestClock from "effect/testing/TestClock"
import * as http from "node:http"
import * as net from "node:net"
import { until } from "../support.ts"

export interface Peer {
  readonly url: string
  /** Heads of the requests that came, with what the socket was told about them. */
  readonly seen: Array<http.IncomingMessage>
  /** Connections that are open at this moment. */
  readonly sockets: Set<net.Socket>
}

const listening = <S extends net.Server>(make: () => S) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly server: S; readonly port: number; readonly sockets: Set<net.Socket> }>((resume) => {
      const server = make()
      const sockets = new Set<net.Socket>()
      server.on("connection", (socket: net.Socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.once("close", () => sockets.delete(socket))
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ server, port, sockets }))
      })
    }),
    ({ server, sockets }) =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
  )

/** An HTTP server; `answer` may change the peer's mind for each request. */
export const peer = Effect.fnUntraced(function*(
  answer: (request: http.IncomingMessage, response: http.ServerResponse, count: number) => void
) {
  const seen: Array<http.IncomingMessage> = []
  const { port, sockets } = yield* listening(() =>
    http.createServer((request, response) => {
      seen.push(request)
      request.resume()
      answer(request, response, seen.length)
    })
  )
  const made: Peer = { url: `http://127.0.0.1:${port}`, seen, sockets }
  return made
})

/** What is no HTTP server: `connected` gets the socket once a request has begun to arrive on it. */
export const rawPeer = Effect.fnUntraced(function*(asked: (socket: net.Socket) => void) {
  const { port, sockets } = yield* listening(() =>
    net.createServer((socket) => {
      socket.on("data", () => asked(socket))
    })
  )
  return { url: `http://127.0.0.1:${port}`, sockets }
})

/** An address where nobody listens: one that was bound a moment ago. */
export const nobody = Effect.map(
  Effect.scoped(listening(() => net.createServer())),
  ({ port }) => `http://127.0.0.1:${port}`
)

/** Why a request failed. */
export const causeOf = ({ cause }: HttpClientError.HttpClientError): UpstreamFailed => {
  if (cause instanceof UpstreamFailed) return cause
  throw new Error("the cause is no UpstreamFailed", { cause })
}

/** The status of the answer, or the fault. */
export const ask = (client: HttpClient.HttpClient, path = "/") =>
  Effect.match(client.get(path), {
    onSuccess: ({ status }): number | UpstreamFault => status,
    onFailure: (error) => causeOf(error).fault
  })

/** Of a condition in the real world, under a clock that stands still. */
export const really = (condition: () => boolean) => TestClock.withLive(until(Effect.sync(condition)))

/** Moves the clock on until the condition is met. */
export const inTime = (step: Duration.Input, condition: () => boolean) =>
  TestClock.withLive(Effect.sleep("1 millis")).pipe(
    Effect.andThen(TestClock.adjust(step)),
    Effect.repeat({ until: condition })
  )
