/** A folder with certificates that a test replaces, and clients that look at what they are shown. */
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { X509Certificate } from "node:crypto"
import fs from "node:fs"
import * as https from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tls from "node:tls"
import type { Issued } from "./certificates.ts"

export interface Folder {
  readonly path: (name: string) => string
  /** As most tools write: a new file that takes the place of the old one. */
  readonly put: (name: string, content: string | Uint8Array) => void
  /** A certificate and its key, those of its issuers behind it in the chain. */
  readonly pair: (name: string, issued: Issued, ...chain: ReadonlyArray<Issued>) => void
}

export const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heptad-tls-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
).pipe(Effect.map((root): Folder => {
  const path = (name: string) => join(root, name)
  const put: Folder["put"] = (name, content) => {
    fs.writeFileSync(path(`${name}.new`), content)
    fs.renameSync(path(`${name}.new`), path(name))
  }
  return {
    path,
    put,
    pair: (name, { cert, key }, ...chain) => {
      put(`${name}.crt`, [cert, ...chain.map((each) => each.cert)].join(""))
      put(`${name}.key`, key)
    }
  }
}))

/** The settings of a pair of `folder`. */
export const filesOf = ({ path }: Folder, name: string) => ({
  cert_file: path(`${name}.crt`),
  key_file: path(`${name}.key`)
})

export const serialOf = ({ cert }: Pick<Issued, "cert">): string => new X509Certificate(cert).serialNumber

/** The server or the connection said no. */
class Refused extends Schema.TaggedError<Refused>()("Refused", { code: Schema.String }) {
  override get message() {
    return this.code
  }
}

const refused = (error: NodeJS.ErrnoException) => Effect.fail(new Refused({ code: error.code ?? error.message }))

/** The sum of the series of a metric that have these attributes. */
export const measured = (id: string, attributes: Readonly<Record<string, string>> = {}) =>
  Effect.map(Metric.snapshot, (series) =>
    series
      .filter((one) =>
        one.id === id && Object.entries(attributes).every(([key, value]) => one.attributes?.[key] === value)
      )
      .reduce((sum, { state }) => sum + Number("count" in state ? state.count : Reflect.get(state, "value")), 0))

/** A TLS connection whose handshake is over. */
export const connected = (options: tls.ConnectionOptions = {}, begun: (socket: tls.TLSSocket) => void = () => {}) =>
  Effect.acquireRelease(
    Effect.flatMap(Network, ({ address }) =>
      Effect.callback<tls.TLSSocket, Refused>((resume) => {
        const socket = tls.connect({ host: address.host, port: address.port, servername: "localhost", ...options })
        begun(socket)
        socket.once("secureConnect", () => resume(Effect.succeed(socket)))
        socket.on("error", (error) => resume(refused(error)))
        socket.on("close", () => resume(Effect.fail(new Refused({ code: "closed" }))))
      })),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** The serial number of the certificate that a new connection is shown. */
export const shown = (options: tls.ConnectionOptions = {}) =>
  Effect.scoped(Effect.map(
    connected({ rejectUnauthorized: false, ...options }),
    (socket) => socket.getPeerX509Certificate()?.serialNumber
  ))

/** One request; the status, or the error of the connection. */
export const get = Effect.fnUntraced(function*(path: string, options: https.RequestOptions = {}) {
  const { address } = yield* Network
  return yield* Effect.callback<number | undefined, Refused>((resume) => {
    https.get(
      { host: address.host, port: address.port, path, agent: false, servername: "localhost", ...options },
      (response) => {
        response.resume()
        response.on("end", () => resume(Effect.succeed(response.statusCode)))
      }
    ).on("error", (error) => resume(refused(error)))
  })
})

/** Everything that is told at warning or worse, and the certificates that were replaced. */
export const journal = () => {
  const told: Array<string> = []
  const layer = Logger.layer([Logger.make(({ logLevel, message }) => {
    const text = String(message)
    if (logLevel === "Warn" || logLevel === "Error" || text.startsWith("certificate")) told.push(text)
  })])
  return { told, layer }
}
