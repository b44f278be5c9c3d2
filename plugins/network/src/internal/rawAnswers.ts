/** Answers to what never became a request: written to the socket as they are, because the parser has given up. */
import type * as Context from "effect/Context"
import * as http from "node:http"
import type * as net from "node:net"
import * as Metrics from "../metrics.ts"
import * as Problem from "../Problem.ts"
import type { Traffic } from "./messages.ts"

const tooLarge: Problem.Occurrence = {
  code: "network.message_too_large",
  status: 431,
  detail:
    "The head of the request is too large. Send fewer or smaller header fields, or raise network.http.max_header_size."
}

const tooSlow: Problem.Occurrence = {
  code: "network.connection_timeout",
  status: 408,
  detail: "The request did not arrive in time. Send it faster, or raise network.tcp.read_timeout."
}

const malformed: Problem.Occurrence = {
  code: "network.receive",
  detail: "These bytes are not an HTTP request that this server accepts. Check the client and the proxies in between."
}

const occurrences: Readonly<Record<string, Problem.Occurrence>> = {
  HPE_HEADER_OVERFLOW: tooLarge,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { ...tooLarge, status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow
}

const textOf = (problem: Problem.Problem): string => {
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status] ?? ""}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "x-content-type-options: nosniff",
    "connection: close",
    "",
    body
  ].join("\r\n")
}

/** For `clientError`: an answer where the client can still read one, then the end of the connection. */
export const rawAnswers =
  (traffic: Traffic, context: Context.Context<never>) => (error: unknown, socket: net.Socket) => {
    const answering = traffic.answers.get(socket)?.headersSent ?? false
    if (!socket.writable || answering) {
      socket.destroy()
      return
    }
    const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
    const problem = Problem.make(occurrences[code] ?? malformed)
    Metrics.requestsOf("OTHER", problem.status).updateUnsafe(1, context)
    // Half-closed first: closing at once while the client still sends would take the answer away from it.
    socket.end(textOf(problem), () => socket.destroySoon())
  }
