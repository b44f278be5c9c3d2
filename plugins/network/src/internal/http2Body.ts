/**
 * Whether a request of HTTP/2 has a body, and whether it is still arriving. There may be one without any field that says so, and
 * Node's compatibility classes know of its end only when somebody has read it.
 */
import * as http2 from "node:http2"

const { NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE } = http2.constants

const streamOf = (request: object): http2.ServerHttp2Stream | undefined =>
  request instanceof http2.Http2ServerRequest ? request.stream : undefined

export const hasBody = (request: object): boolean => streamOf(request)?.endAfterHeaders === false

export const isArriving = (request: object): boolean => {
  const stream = streamOf(request)
  return stream !== undefined && !stream.endAfterHeaders &&
    (stream.state.state ?? 0) < NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE
}
