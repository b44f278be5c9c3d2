/** Makes the server of Node that the settings ask for: plain, TLS, or TLS with HTTP/2 beside HTTP/1.1. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as http from "node:http"
import * as https from "node:https"
import type { NetworkConfig } from "../config.ts"
import { bursts, type Tell } from "./bursts.ts"
import { gate } from "./handshakes.ts"
import * as Http2Sessions from "./http2Sessions.ts"
import type { RequestCounts } from "./requestCounts.ts"
import * as Certificates from "./tlsCertificate.ts"
import * as Keyring from "./tlsKeyring.ts"
import * as TlsReload from "./tlsReload.ts"
import type { Traffic } from "./traffic.ts"
import { leavesHttp } from "./webSocketHandshake.ts"

export type Server = http.Server | https.Server

const millis = (duration: Duration.Duration): number => Duration.toMillis(duration)

export const headMillis = ({ connection_timeout, read_timeout }: NetworkConfig["tcp"]): number =>
  Math.min(millis(connection_timeout), millis(read_timeout))

/** How late a deadline may be noticed; Node's own half minute would make short timeouts meaningless. */
const checkingInterval = ({ tcp }: NetworkConfig): number =>
  Math.max(50, Math.min(1000, Math.floor(headMillis(tcp) / 4)))

const optionsOf = (config: NetworkConfig): http.ServerOptions => {
  const { http: limits, tcp } = config
  return {
    maxHeaderSize: limits.max_header_size,
    requestTimeout: millis(tcp.read_timeout),
    headersTimeout: headMillis(tcp),
    keepAliveTimeout: millis(tcp.keepalive_timeout),
    connectionsCheckingInterval: checkingInterval(config),
    noDelay: tcp.tcp_nodelay,
    // Most requests have no body, and need no stream to say so.
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: leavesHttp,
    // Node's own refusal has no body and lets several hosts pass.
    requireHostHeader: false
  }
}

const opened = <S extends Server>(create: () => S, traffic: Traffic) =>
  Effect.acquireRelease(Effect.sync(create), (server) =>
    Effect.sync(() => {
      server.close()
      server.closeAllConnections()
      traffic.sessions.destroy()
      for (const socket of traffic.nameless) socket.destroy()
    }))

const secureOptionsOf = (config: NetworkConfig, keyring: Keyring.Keyring): https.ServerOptions => ({
  ...optionsOf(config),
  ...keyring.options,
  requestCert: config.tls.verify_client,
  rejectUnauthorized: config.tls.verify_client,
  handshakeTimeout: millis(config.tcp.connection_timeout),
  SNICallback: (name, done) => done(null, keyring.contextFor(name)),
  ALPNProtocols: config.tls.http2 ? ["h2", "http/1.1"] : ["http/1.1"]
})

interface Parts {
  readonly config: NetworkConfig
  readonly traffic: Traffic
  readonly counts: RequestCounts
}

const speakHttp2 = Effect.fnUntraced(function*(server: https.Server, { config, counts, traffic }: Parts, tell: Tell) {
  traffic.sessions = Http2Sessions.make({
    config,
    counts,
    tell,
    context: yield* Effect.context<never>(),
    isDraining: () => traffic.draining,
    // Whoever listens for requests gets those of HTTP/2 as well; `checkContinue` decides about a body.
    receive: (request, response, waits) => {
      server.emit(waits ? "checkContinue" : "request", request, response)
    }
  })
  const sweep = Effect.sync(() => traffic.sessions.sweep())
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(checkingInterval(config)), sweep)))
})

const secure = Effect.fnUntraced(function*(parts: Parts) {
  const { config: { tls }, traffic } = parts
  const files = Effect.map(Certificates.sourcesOf(tls), (sources) => Certificates.filesOf(tls, sources))
  const watched = yield* Effect.flatMap(files, TlsReload.follow)
  const keyring = yield* Keyring.make(tls)
  const context = yield* Effect.context<never>()
  const tell = bursts(context)
  const server = yield* opened(() => https.createServer(secureOptionsOf(parts.config, keyring)), traffic)
  keyring.attach(server)
  if (tls.http2) yield* speakHttp2(server, parts, tell)
  gate({ server, tls, keyring, traffic, tell, context })
  yield* TlsReload.start(keyring, tls, watched)
  return server
})

/** Open until the scope closes. */
export const make = Effect.fnUntraced(function*(config: NetworkConfig, traffic: Traffic, counts: RequestCounts) {
  if (config.tls.enabled) return yield* secure({ config, traffic, counts })
  return yield* opened((): Server => http.createServer(optionsOf(config)), traffic)
})
