/**
 * The other end of `FramedServer`: many requests at a time over one connection, which is opened anew whenever it is lost. It
 * needs no network plugin, only the container contract.
 */
import type { Codecs, DecodeError, EncodeError, InvalidPayload } from "@heptad/container"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type {
  FramedConnectionLost,
  FramedLineFull,
  FramedRemoteError,
  FramedTimedOut,
  FramedUnreachable,
  FrameTooLarge
} from "./errors.ts"
import type { FramedRoute } from "./FramedRoute.ts"
import * as NodeFramedClient from "./internal/framed/NodeFramedClient.ts"

/** PEM texts. */
export interface ClientTls {
  /** Authorities that the server's certificate is checked against. Default: those of Node. */
  readonly ca?: string
  /** For servers that ask clients for a certificate. */
  readonly cert?: string
  readonly key?: string
  /** Name in the server's certificate. Default: `host`. */
  readonly servername?: string
}

export interface ClientOptions {
  readonly host: string
  readonly port: number
  /** For metrics. Default: `host:port`. */
  readonly name?: string
  readonly tls?: ClientTls
  /** Source and target in the envelope of every request. Default: empty. */
  readonly source?: string
  readonly target?: string
  readonly format?: "messagepack" | "json"
  /** For TCP, TLS and the first answer of the server. Default: 5 seconds. */
  readonly connectTimeout?: Duration.Input
  /** From `request` to its reply, waiting included. Default: 30 seconds. */
  readonly requestTimeout?: Duration.Input
  /** How long a request waits for a connection. Default: 2 seconds. */
  readonly waitTimeout?: Duration.Input
  /** Requests at a time on the connection; the server's own limit counts too. Default: 128. */
  readonly maxInFlight?: number
  /** Requests that wait for a connection or for their turn. Default: 1000. */
  readonly maxWaiting?: number
  /** Largest payload, either way, in bytes. Default: 1 MiB. */
  readonly maxFrameSize?: number
  /** A server that was silent for this long is pinged. Default: 15 seconds. */
  readonly heartbeatInterval?: Duration.Input
  /** For a pinged server to send anything. Default: 10 seconds. */
  readonly heartbeatTimeout?: Duration.Input
  /** For a reply to arrive, from its first byte to its last. Default: 30 seconds. */
  readonly readTimeout?: Duration.Input
  /** Without the server taking a byte. Default: 30 seconds. */
  readonly writeTimeout?: Duration.Input
  /** The longest pause after the first failure; each next one is twice as long. Default: 100 milliseconds. */
  readonly initialBackoff?: Duration.Input
  /** Default: 10 seconds. */
  readonly maxBackoff?: Duration.Input
}

export type RequestError =
  | FramedUnreachable
  | FramedLineFull
  | FramedTimedOut
  | FramedConnectionLost
  | FrameTooLarge
  | FramedRemoteError
  | EncodeError
  | DecodeError
  | InvalidPayload

export interface FramedClient {
  /**
   * Sends a payload and answers the reply. Who is interrupted leaves the connection as it was: a late reply is dropped. Never
   * sent twice: `FramedUnreachable`, `FramedLineFull` and `FrameTooLarge` say that nothing was sent.
   */
  readonly request: <Payload, Reply>(
    route: FramedRoute<Payload, Reply>,
    payload: Payload,
    options?: { readonly timeout?: Duration.Input }
  ) => Effect.Effect<Reply, RequestError>
  /** How it is doing at this moment. */
  readonly state: Effect.Effect<{
    readonly connected: boolean
    readonly inFlight: number
    readonly waiting: number
  }>
}

/**
 * A client that connects in the background and stays connected until the scope closes. Requests wait in a bounded line while
 * there is no connection.
 */
export const connect: (options: ClientOptions) => Effect.Effect<FramedClient, never, Codecs | Scope.Scope> =
  NodeFramedClient.connect
