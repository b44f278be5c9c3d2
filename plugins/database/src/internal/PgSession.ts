/** One session with a server: how settings become a driver configuration, and how its refusals become sentences. */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { ConnectionOptions } from "node:tls"
import type { DatabaseConfig } from "../config.ts"
import { DatabaseUnavailable } from "../errors.ts"
import { type Credentials, logIn, type SessionConfig } from "./nodes/logIn.ts"
import { codeOf, isTls, propertyOf } from "./nodes/sqlState.ts"

export type SslMode = DatabaseConfig["connections"]["primary"]["ssl_mode"]

/** Where to log in, and as whom. */
export interface Target {
  readonly kind: "embedded" | "external"
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Redacted.Redacted | undefined
  /** Where the password may change while the app runs. */
  readonly credentials?: Credentials
  readonly sslMode: SslMode
  /** The file of the authorities to be trusted, or `system`; absent: those that Node knows. */
  readonly sslRootCert?: string
}

/** The meaning of libpq: `require` hides the traffic, only `verify-*` looks at who is there. */
const tlsOf: Record<SslMode, boolean | ConnectionOptions> = {
  "disable": false,
  "prefer": { rejectUnauthorized: false },
  "require": { rejectUnauthorized: false },
  "verify-ca": { rejectUnauthorized: true, checkServerIdentity: () => undefined },
  "verify-full": { rejectUnauthorized: true }
}

/** Also of libpq: who names authorities means them, so that `require` is `verify-ca` then. */
const modeOf = ({ host, sslMode, sslRootCert }: Target): SslMode =>
  // A unix socket never leaves the machine; libpq ignores the mode there too.
  host.startsWith("/") ? "disable" : sslMode === "require" && sslRootCert !== undefined ? "verify-ca" : sslMode

/** Dead peers are noticed after this and ten probes; a pool that waits for queries would never notice them. */
const keepAlive = Duration.seconds(30)

export const configOf = (
  target: Target,
  options: {
    readonly applicationName: string
    readonly connectTimeout: Duration.Duration
    readonly startupParameters?: Readonly<Record<string, string>>
  }
): SessionConfig => ({
  host: target.host,
  port: target.port,
  database: target.database,
  username: target.user,
  password: target.password,
  ssl: tlsOf[modeOf(target)],
  plainToo: modeOf(target) === "prefer",
  credentials: target.credentials,
  sslRootCert: target.sslRootCert,
  keepAlive,
  ...options
})

export const open = (config: SessionConfig): Effect.Effect<PgConnection.PgConnection, SqlError, Scope.Scope> =>
  logIn(config, PgConnection.make)

export { codeOf }

const byCode = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ENOTFOUND", "the name does not resolve"],
  ["EAI_AGAIN", "the name does not resolve"],
  ["EHOSTUNREACH", "no route to the host"],
  ["ENETUNREACH", "no route to the network"],
  ["ECONNRESET", "the connection was reset"],
  ["ENOENT", "there is no such socket"],
  ["EACCES", "no permission for the socket"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is self-signed"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "its certificate is self-signed"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "no known authority signed its certificate"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "no known authority signed its certificate"],
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"]
])

/** The driver tells a connect deadline by its text only. */
export const gotNoAnswer = (error: SqlError): boolean => error.reason.message?.endsWith("Connection timed out") === true

export const noAnswer = "no answer"

/** What the driver says about bytes that no server of PostgreSQL sends to somebody who comes. */
const strange = /exceeds maxMessageSize|^Invalid message length|^Unexpected \w+ (message during startup|while idle)/

const isStranger = (error: SqlError): boolean =>
  error.reason.operation === "connect" && strange.test(propertyOf(error.reason.cause, "message"))

/** Why the server was not reached, as half a sentence; never holds the password. */
export const reasonOf = (error: SqlError): string =>
  gotNoAnswer(error)
    ? noAnswer
    : isStranger(error)
    ? "what listens there does not speak as PostgreSQL does"
    : byCode.get(codeOf(error)) ?? (propertyOf(error.reason.cause, "message") || error.message)

const remedies = new Map([
  ["28P01", "Correct database.connections.primary.user or password (DB_PRIMARY_USER, DB_PASSWORD)."],
  ["28000", "Correct database.connections.primary.user, or let the server admit this host (pg_hba.conf)."],
  ["3D000", "Create the database, or correct database.connections.primary.database (DB_PRIMARY_NAME)."],
  ["53300", "Lower database.connection_pool.max_size, or raise max_connections of the server."]
])

const unreachable = "Start the server, or correct database.connections.primary.host and port (DB_PRIMARY_HOST, " +
  "DB_PRIMARY_PORT)."

const tls = "Set up TLS on the server, name its authority in database.connections.primary.ssl_root_cert " +
  "(DB_SSL_ROOT_CERT), or choose another ssl_mode (DB_SSL_MODE)."

const elsewhere = "Correct database.connections.primary.host and port (DB_PRIMARY_HOST, DB_PRIMARY_PORT)."

const remedyOf = (error: SqlError): string =>
  isStranger(error) ? elsewhere : remedies.get(codeOf(error)) ?? (isTls(error) ? tls : unreachable)

const ownServer = "It is started again by itself; its lines in the log tell why it is gone."

/** A refused or missing server as one sentence; `tried` says for how long. */
export const unavailable = (
  { host, kind, port }: Target,
  error: SqlError,
  tried?: Duration.Duration
): DatabaseUnavailable =>
  new DatabaseUnavailable({
    host,
    port,
    reason: tried === undefined ? reasonOf(error) : `${reasonOf(error)}, tried for ${Duration.format(tried)}`,
    remedy: kind === "embedded" ? ownServer : remedyOf(error)
  })

/** Whether trying again soon may help: nobody there yet, still starting, or full. */
export const mayComeUp = (error: SqlError): boolean =>
  codeOf(error) === "57P03" || codeOf(error) === "53300" ||
  (error.reason._tag === "ConnectionError" && !isTls(error) && !isStranger(error))
