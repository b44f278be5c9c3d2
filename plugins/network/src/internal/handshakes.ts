/** What happens between the TCP connection and the first request of a TLS connection. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type * as https from "node:https"
import type { TLSSocket } from "node:tls"
import * as Metrics from "../metrics.ts"
import type { Tell } from "./bursts.ts"
import type { Tls } from "./tlsCertificate.ts"
import { isWithinDepth } from "./tlsDepth.ts"
import type { Keyring } from "./tlsKeyring.ts"
import type { Traffic } from "./traffic.ts"

type Reason = "timeout" | "client_certificate" | "verify_depth" | "closed" | "protocol"

const count = (reason: Reason, context: Context.Context<never>): void =>
  Metric.withAttributes(Metrics.handshakesFailed, { reason }).updateUnsafe(1, context)

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

/** A connection that is closed has lost its address. */
const by = (address: string | undefined): string => address === undefined ? "" : ` Client: ${address}.`

const withoutCertificate = "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"

/** A client whose certificate is refused is cut off by Node, which says no more than that the connection is gone. */
const reasonOf = (error: unknown, { authorizationError }: TLSSocket): Reason => {
  const code = codeOf(error)
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "timeout"
  if (code === withoutCertificate) return "client_certificate"
  if (code !== "ECONNRESET") return "protocol"
  return authorizationError ? "client_certificate" : "closed"
}

const refusedCertificate = ({ authorizationError, remoteAddress }: TLSSocket): string =>
  `a client was refused, because it shows no certificate of an authority in network.tls.ca_file ` +
  `(${authorizationError ? String(authorizationError) : "none at all"}).${by(remoteAddress)}`

const tooDeep = (depth: number, { remoteAddress }: TLSSocket): string =>
  `a client was refused, because more than ${depth} intermediate authorities stand between its certificate and ` +
  `network.tls.ca_file. Have it signed closer to the root, or raise network.tls.verify_depth.${by(remoteAddress)}`

export interface Gate {
  readonly server: https.Server
  readonly tls: Tls
  readonly keyring: Pick<Keyring, "authorities" | "stapleFor">
  readonly traffic: Pick<Traffic, "sessions">
  readonly tell: Tell
  readonly context: Context.Context<never>
}

/**
 * Decides about a connection whose handshake is over before anybody else sees it: too long a chain is closed, HTTP/2 goes its
 * way, the rest is Node's.
 */
export const gate = ({ context, keyring, server, tell, tls, traffic }: Gate): void => {
  const { http2, verify_client, verify_depth } = tls

  const isRefused = (socket: TLSSocket): boolean => {
    if (!verify_client || verify_depth === undefined) return false
    const leaf = socket.getPeerX509Certificate()
    return leaf === undefined || !isWithinDepth(leaf, keyring.authorities()?.certificates ?? [], verify_depth)
  }

  const refuse = (socket: TLSSocket, depth: number): void => {
    count("verify_depth", context)
    tell("verify_depth", tooDeep(depth, socket))
    socket.destroy()
  }

  // Node would have it answered like a malformed request, but nobody can read an answer before the handshake is over.
  server.removeAllListeners("tlsClientError")
  server.on("tlsClientError", (error, socket) => {
    const reason = reasonOf(error, socket)
    count(reason, context)
    if (reason === "client_certificate") tell(reason, refusedCertificate(socket))
    socket.destroy()
  })

  server.on("OCSPRequest", (certificate, _issuer, answer) => {
    answer(null, keyring.stapleFor(certificate, Date.now()) ?? null)
  })

  const [http1] = server.listeners("secureConnection")
  server.removeAllListeners("secureConnection")
  server.on("secureConnection", (socket) => {
    if (isRefused(socket)) refuse(socket, verify_depth ?? 0)
    else if (http2 && socket.alpnProtocol === "h2") traffic.sessions.accept(socket)
    else if (http1 !== undefined) Reflect.apply(http1, server, [socket])
  })
}
