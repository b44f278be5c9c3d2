/**
 * What this plugin reads and calls of node's own bookkeeping, because nothing public tells it. A test fails when node changes, and an
 * answer without it is written by the public way.
 */
import * as http from "node:http"
import type * as net from "node:net"

/** The answer that a connection waits for; one that was asked for behind it in a pipeline comes later. */
export const answerOn = (socket: net.Socket): http.ServerResponse | undefined =>
  "_httpMessage" in socket && socket._httpMessage instanceof http.ServerResponse ? socket._httpMessage : undefined

interface StoresHead {
  _storeHeader(firstLines: string, fields: ReadonlyArray<string>): void
}

/** Where a head may begin with lines that are ready. One that follows no `100 Continue` has more to say than its fields. */
const storesHead = (response: http.ServerResponse): response is http.ServerResponse & StoresHead =>
  "_storeHeader" in response && response.req.headers.expect === undefined

/**
 * As `writeHead`, which checks every field each time: `lines` begin with the status and are taken as they are, `fields` are checked.
 * Node adds the date and what becomes of the connection. False: nothing was done.
 */
export const storeHead = (
  response: http.ServerResponse,
  status: number,
  lines: string,
  fields: ReadonlyArray<string>
): boolean => {
  if (!storesHead(response)) return false
  response.statusCode = status
  response._storeHeader(lines, fields)
  return true
}
