/** Answers to what never became a request: written as they are, because the parser has given up or no route is asked. */
import * as http from "node:http"
import * as http2 from "node:http2"
import type * as net from "node:net"
import type { Duplex } from "node:stream"
import * as Problem from "../Problem.ts"
import { answerOn } from "./nodeInternals.ts"
import type { RequestCounts } from "./requestCounts.ts"

export const tooLarge: Problem.Occurrence = {
  code: "network.message_too_large",
  status: 431,
  detail:
    "The head of the request is too large. Send fewer or smaller header fields, or raise network.http.max_header_size."
}

export const tooSlow: Problem.Occurrence = {
  code: "network.connection_timeout",
  status: 408,
  detail: "The request did not arrive in time. Send it faster, or raise network.tcp.read_timeout."
}

const malformed: Problem.Occurrence = {
  code: "network.receive",
  detail: "These bytes are not an HTTP request that this server accepts. Check the client and the proxies in between."
}

export const noTunnels: Problem.Occurrence = {
  code: "network.receive",
  status: 501,
  detail: "This server is no proxy and opens no tunnels. Send the request without CONNECT."
}

const noHandshake: Problem.Occurrence = {
  code: "network.receive",
  detail: "The headers Sec-WebSocket-Protocol or Sec-WebSocket-Extensions cannot be read. Use a WebSocket client."
}

const occurrences: Readonly<Record<string, Problem.Occurrence>> = {
  HPE_HEADER_OVERFLOW: tooLarge,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { ...tooLarge, status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow
}

const answerOf = (occurrence: Problem.Occurrence) => {
  const problem = Problem.make(occurrence)
  const body = JSON.stringify(problem)
  const headers = {
    "content-type": "application/problem+json",
    "content-length": String(Buffer.byteLength(body)),
    "x-content-type-options": "nosniff",
    connection: "close"
  }
  return { status: problem.status, headers, body }
}

const textOf = ({ body, headers, status }: ReturnType<typeof answerOf>): string =>
  [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    body
  ].join("\r\n")

/** For `clientError`: an answer where the client can still read one, then the end of the connection. */
export const rawAnswers = (counts: Pick<RequestCounts, "refused">) => (error: unknown, socket: net.Socket): void => {
  const answering = answerOn(socket)?.headersSent ?? false
  if (!socket.writable || answering) {
    socket.destroy()
    return
  }
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
  const answer = answerOf(occurrences[code] ?? malformed)
  counts.refused(answer.status)
  // Half-closed first: closing at once while the client still sends would take the answer away from it.
  socket.end(textOf(answer), () => socket.destroySoon())
}

const last = (answer: ReturnType<typeof answerOf>, socket: Duplex): void => {
  socket.on("error", () => socket.destroy())
  socket.end(textOf(answer), () => socket.destroy())
}

/** For what is wrong with a WebSocket only when it is opened. */
export const refuseHandshake = (socket: Duplex): void => last(answerOf(noHandshake), socket)

/** For `connect`, which Node would leave without an answer. */
export const refuseTunnel =
  (counts: Pick<RequestCounts, "refused">) => (_request: http.IncomingMessage, socket: Duplex): void => {
    const answer = answerOf(noTunnels)
    counts.refused(answer.status)
    last(answer, socket)
  }

/** For a stream of HTTP/2 that no route is asked about; what the client still sends on it is not waited for. */
export const answerStream = (counts: Pick<RequestCounts, "refused">) =>
(
  stream: http2.ServerHttp2Stream,
  occurrence: Problem.Occurrence
): void => {
  const { body, headers, status } = answerOf(occurrence)
  const { connection: _, ...fields } = headers
  counts.refused(status)
  stream.respond({ ":status": status, ...fields })
  stream.end(body, () => stream.close(http2.constants.NGHTTP2_NO_ERROR))
}

export type AnswerStream = ReturnType<typeof answerStream>
