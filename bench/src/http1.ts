/** As much of HTTP/1.1 as a load generator needs: where one response ends, and its status. Pure. */

import { origin } from "./agreed.ts"

const headEnd = Buffer.from("\r\n\r\n")
const lastChunk = Buffer.from("\r\n0\r\n\r\n")

export interface Answer {
  readonly status: number
  /** Bytes of the whole response, head and body. */
  readonly bytes: number
  /** Where the body starts. */
  readonly body: number
  /** True when the server says that it will close the connection. */
  readonly closes: boolean
}

/** Bytes up to the end of a chunked body; the last chunk is "0" at the start of a line, and trailers are not expected. */
const chunkedEnd = (bytes: Buffer, body: number): number | undefined => {
  const at = bytes.indexOf(lastChunk, body - 2)
  return at < 0 ? undefined : at + lastChunk.length
}

const bytesOf = (head: string, bytes: Buffer, body: number): number | undefined => {
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  if (length !== undefined) return body + Number(length)
  return head.includes("\r\ntransfer-encoding: chunked") ? chunkedEnd(bytes, body) : body
}

/** The first response in `bytes`, or undefined while it is incomplete. */
export const readAnswer = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return undefined
  const head = bytes.toString("latin1", 0, end).toLowerCase()
  const body = end + headEnd.length
  const total = bytesOf(head, bytes, body)
  if (total === undefined || total > bytes.length) return undefined
  return { status: Number(head.slice(9, 12)), bytes: total, body, closes: head.includes("\r\nconnection: close") }
}

/** A request as it goes over the wire, from a page of the one origin that may call. */
export const writeRequest = (method: string, path: string, body?: string): string =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: ${origin}\r\n` +
  (body === undefined
    ? "\r\n"
    : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
