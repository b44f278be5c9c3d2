/**
 * The one place where the framed server meets the TLS of network: the same files, names, versions, suites and client check. Its
 * keyring is its own, so that it speaks TLS also while HTTP does not; renewed files replace both.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as tls from "node:tls"
import type { NetworkConfig } from "../../config.ts"
import { TlsUnusable } from "../../errors.ts"
import * as Certificates from "../tlsCertificate.ts"
import { isWithinDepth } from "../tlsDepth.ts"
import * as Keyring from "../tlsKeyring.ts"
import * as TlsReload from "../tlsReload.ts"

type Settings = NetworkConfig["tls"]

/** A chain that is longer than the settings allow. */
const isTooDeep = (socket: tls.TLSSocket, keyring: Keyring.Keyring, { verify_client, verify_depth }: Settings) => {
  if (!verify_client || verify_depth === undefined) return false
  const leaf = socket.getPeerX509Certificate()
  return leaf === undefined || !isWithinDepth(leaf, keyring.authorities()?.certificates ?? [], verify_depth)
}

const create = (
  settings: Settings,
  keyring: Keyring.Keyring,
  options: tls.TlsOptions,
  handshakeTimeout: Duration.Duration
): tls.Server => {
  const server = tls.createServer({
    ...options,
    ...keyring.options,
    requestCert: settings.verify_client,
    rejectUnauthorized: settings.verify_client,
    handshakeTimeout: Duration.toMillis(handshakeTimeout),
    SNICallback: (name, done) => done(null, keyring.contextFor(name))
  })
  server.on("OCSPRequest", (certificate, _issuer, answer) => {
    answer(null, keyring.stapleFor(certificate, Date.now()) ?? null)
  })
  server.prependListener("secureConnection", (socket) => {
    if (!isTooDeep(socket, keyring, settings)) return
    server.emit("tlsClientError", new Error("verify_depth"), socket)
    socket.destroy()
  })
  keyring.attach(server)
  return server
}

/** While HTTP speaks TLS too, its keyring has the figure, the health check and the operation. */
const keepCurrent = Effect.fnUntraced(
  function*(keyring: Keyring.Keyring, settings: Settings, watched: Effect.Effect<string>) {
    if (!settings.enabled) return yield* TlsReload.start(keyring, settings, watched)
    const context = yield* Effect.context<Effect.Services<ReturnType<Keyring.Keyring["reload"]>>>()
    const reload = Effect.provideContext(keyring.reload({ dryRun: false }), context)
    return yield* TlsReload.renew(keyring, settings, watched, reload)
  }
)

/** Renewed until the scope closes; who opens it closes it. */
export const secure = Effect.fnUntraced(
  function*(settings: Settings, options: tls.TlsOptions, handshakeTimeout: Duration.Duration) {
    const sources = yield* Certificates.sourcesOf(settings)
    const watched = yield* TlsReload.follow(Certificates.filesOf(settings, sources))
    const keyring = yield* Keyring.make(settings)
    const server = create(settings, keyring, options, handshakeTimeout)
    yield* keepCurrent(keyring, settings, watched)
    return server
  },
  Effect.mapError(({ problem, setting }) => new TlsUnusable({ setting, problem, by: "network.framed.tls" }))
)
