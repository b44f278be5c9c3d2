/**
 * One attempt to log in as libpq makes it: authorities are read when they are needed, `prefer` goes on without TLS where it
 * cannot be had, and a refused password is read again and tried once more where it has changed meanwhile.
 */
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import * as Tls from "node:tls"
import { codeOf, isTls } from "./sqlState.ts"

/** A password that is asked for at each attempt to log in. */
export interface Credentials {
  readonly password: Effect.Effect<Redacted.Redacted>
  /** Has it read again where it comes from, because the server refused it. */
  readonly refresh: Effect.Effect<void>
}

/** A driver configuration and what libpq does around it. */
export interface SessionConfig extends PgConnection.Config {
  /** Without TLS, where it cannot be had. */
  readonly plainToo?: boolean
  readonly credentials?: Credentials | undefined
  readonly sslRootCert?: string | undefined
}

type Attempt<A, R> = (config: PgConnection.Config) => Effect.Effect<A, SqlError, R>

const unreadable = (path: string, cause: unknown): SqlError =>
  new SqlError({
    reason: new ConnectionError({
      cause: Object.assign(new Error(`ssl_root_cert ${path} cannot be read`, { cause }), { code: "ROOT_CERT" }),
      message: `ssl_root_cert ${path} cannot be read`,
      operation: "connect"
    })
  })

/** Read each time, because authorities change too. */
const authorities = (path: string): Effect.Effect<string | Array<string>, SqlError> =>
  Effect.try({
    try: () => path === "system" ? Tls.getCACertificates("system") : Fs.readFileSync(path, "utf8"),
    catch: (cause) => unreadable(path, cause)
  })

const trusting = <A, R>(config: SessionConfig, attempt: Attempt<A, R>): Effect.Effect<A, SqlError, R> => {
  const { ssl, sslRootCert } = config
  return sslRootCert === undefined || typeof ssl !== "object" || ssl.rejectUnauthorized !== true
    ? attempt(config)
    : Effect.flatMap(authorities(sslRootCert), (ca) => attempt({ ...config, ssl: { ...ssl, ca } }))
}

/** Also where the server has TLS but takes this account only without (`hostnossl` in pg_hba.conf). */
const mayBePlain = (error: SqlError): boolean => isTls(error) || codeOf(error) === "28000"

const encrypted = <A, R>(config: SessionConfig, attempt: Attempt<A, R>): Effect.Effect<A, SqlError, R> =>
  config.plainToo === true
    ? Effect.catchIf(attempt(config), mayBePlain, () => attempt({ ...config, ssl: false }))
    : trusting(config, attempt)

const isRefusedPassword = (error: SqlError): boolean => codeOf(error) === "28P01"

export const logIn = <A, R>(config: SessionConfig, attempt: Attempt<A, R>): Effect.Effect<A, SqlError, R> => {
  const { credentials } = config
  if (credentials === undefined) return encrypted(config, attempt)
  const { password, refresh } = credentials
  const as = (secret: Redacted.Redacted) => encrypted({ ...config, password: secret }, attempt)
  return Effect.flatMap(password, (used) =>
    Effect.catchIf(as(used), isRefusedPassword, (error) =>
      Effect.flatMap(
        Effect.andThen(refresh, password),
        (next) => Redacted.value(next) === Redacted.value(used) ? Effect.fail(error) : as(next)
      )))
}
