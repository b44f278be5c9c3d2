/**
 * The socket of a session, made here and not by the driver, so that the pool sees at once when it is gone. The same function serves the
 * driver's side connections for cancelling.
 */
import type { Config } from "@effect/sql-pg/PgConnection"
import * as Duration from "effect/Duration"
import * as Net from "node:net"

export const connect = ({ host = "localhost", keepAlive, port = 5432 }: Config): Net.Socket =>
  host.startsWith("/")
    ? Net.connect({ path: `${host}/.s.PGSQL.${port}` })
    // A statement is one write and then a wait for its answer: Nagle would only hold the write back.
    : Net.connect({
      host,
      port,
      noDelay: true,
      ...(keepAlive === undefined
        ? {}
        : { keepAlive: true, keepAliveInitialDelay: Duration.toMillis(Duration.fromInputUnsafe(keepAlive)) })
    })
