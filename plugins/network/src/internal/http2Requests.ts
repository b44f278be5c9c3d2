/** A stream of HTTP/2 as request and answer in the form that `node:http` has, by Node's own compatibility classes. */
import * as http2 from "node:http2"
import type { NetworkConfig } from "../config.ts"
import type * as Problem from "../Problem.ts"
import * as Raw from "./rawAnswers.ts"

type Limits = Pick<NetworkConfig["http"], "max_header_size">

/** RFC 9113 section 6.5.2: 32 bytes more for each field. */
const sizeOf = (rawHeaders: ReadonlyArray<string>): number =>
  rawHeaders.reduce((size, text) => size + text.length, 16 * rawHeaders.length)

const hostsDiffer: Problem.Occurrence = {
  code: "network.receive",
  detail: "A request names its host once. Send the same in :authority and host, or leave host out."
}

/** RFC 9113 section 8.3.1: `host` is not another one than `:authority`. */
const isNamedTwice = ({ ":authority": authority, host }: http2.IncomingHttpHeaders): boolean =>
  authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()

/** Why this request is answered here; undefined when it may go on. */
const refusalOf = (headers: http2.IncomingHttpHeaders, rawHeaders: ReadonlyArray<string>, limits: Limits) => {
  if (sizeOf(rawHeaders) > limits.max_header_size) return Raw.tooLarge
  if (headers[":method"] === "CONNECT") return Raw.noTunnels
  return isNamedTwice(headers) ? hostsDiffer : undefined
}

export interface Receive {
  (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse, waits: boolean): void
}

/** `receive` gets what may go on; `waits`: the client sends its body when it is asked for it. */
export const requests = (limits: Limits, answer: Raw.AnswerStream, receive: Receive) => {
  return (
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    rawHeaders: ReadonlyArray<string>
  ): void => {
    const refusal = refusalOf(headers, rawHeaders, limits)
    if (refusal !== undefined) return answer(stream, refusal)
    const request = new http2.Http2ServerRequest(stream, headers, {}, rawHeaders)
    receive(request, new http2.Http2ServerResponse(stream), headers.expect === "100-continue")
  }
}
