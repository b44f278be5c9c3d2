/** Framed requests without a reply, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/framed.ts"

export const framed = explanationsOf<typeof Errors>({
  FramedUnreachable: [
    {
      title: "A framed server refuses connections",
      cause: "Nothing listens at its address: it is not started, network.framed.enabled is false there, or it stops.",
      remedy:
        "Start it, and compare the address that the message names with its network.framed.bind_address and port. " +
        "Nothing was sent, so it is safe to try again.",
      code: "network.connection_refused"
    },
    {
      title: "There is no connection to a framed server",
      cause: "It does not answer, or it speaks TLS where the client does not, or the other way round.",
      remedy:
        "Compare network.framed.tls with the `tls` of the client, and look at the server's log. Nothing was sent, " +
        "so it is safe to try again.",
      code: "network.connection_failed"
    }
  ],
  FramedLineFull: {
    title: "A framed client has too many requests waiting",
    cause: "Requests come faster than the server answers them, or the server has been away for a while.",
    remedy:
      "Look at framed_request_duration_seconds of the server; ask for less at a time, or raise maxWaiting of the " +
      "client. Nothing was sent, so it is safe to try again.",
    code: "network.send"
  },
  FramedTimedOut: {
    title: "A framed request had no reply in time",
    cause: "The handler is slow, the server is overloaded, or the request waited for its turn for too long.",
    remedy: "The message says whether it was sent. Look at framed_request_duration_seconds of the server; raise the " +
      "timeout of the request if it may take so long.",
    code: "common.timeout"
  },
  FramedConnectionLost: {
    title: "A framed connection ended before the reply came",
    cause: "The server was killed, its machine or the way to it went away, or one end broke the protocol.",
    remedy:
      "Look at the server's log at that time. Repeat the request only if it may happen twice; the client connects " +
      "again by itself.",
    code: "network.connection_closed"
  },
  FrameTooLarge: {
    title: "A framed request is larger than a frame may be",
    cause: "The encoded payload is over maxFrameSize of the client or network.framed.max_frame_size of the server.",
    remedy: "Send less at a time, or raise both limits. Nothing was sent.",
    code: "network.message_too_large"
  },
  FramedRemoteError: {
    title: "A framed server answered with an error",
    cause: "The handler refused the request or failed; the code is that of the server's error.",
    remedy:
      "Run heptad explain-error with the code that the message names; the server's log has the cause of a defect.",
    code: "common.internal_error"
  }
})
