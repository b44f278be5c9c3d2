/** The errors of database, explained. Those of a statement are causes of Effect's SqlError. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"
import type * as Statements from "./errors/statements.ts"
import { statements } from "./explanations/statements.ts"

const sessions = explanationsOf<Omit<typeof Errors, keyof typeof Statements>>({
  DatabaseUnavailable: {
    title: "PostgreSQL cannot be reached, or does not let the app in",
    cause:
      "The server is down or still starting, host or port are wrong, a password was changed, or a firewall is between.",
    remedy: "Try the same coordinates with psql or pg_isready, then correct database.connections.primary " +
      "(DB_PRIMARY_HOST, DB_PRIMARY_PORT, DB_PRIMARY_USER, DB_PASSWORD).",
    code: "database.connection_failed"
  },
  EmbeddedServerFailed: {
    title: "The embedded PostgreSQL did not start",
    cause: "The folder of its data belongs to another user or to another version of PostgreSQL, the disk is full, " +
      "or its programs were not installed (npm ci --omit=optional).",
    remedy: "Read its own lines at LOGGER_LEVEL=debug and look with df at the disk. " +
      "To use a server of your own set DB_PRIMARY_HOST.",
    code: "database.connection_failed"
  },
  MigrationFailed: {
    title: "A migration could not be applied",
    cause:
      "Its SQL does not fit what is in the database, its text was changed after it had been applied, it breaks the " +
      "running release, or another instance holds the lock of the migrations for too long.",
    remedy:
      "Do what the message says about the migration that it names, and start again: nothing of it was kept, unless " +
      "the message says so. Put a change of an applied one into a new migration. heptad migrate status shows all.",
    code: "database.query_failed"
  },
  DatabaseToolFailed: {
    title: "A program of PostgreSQL for backups could not do its work",
    cause:
      "The client programs of PostgreSQL are not installed, are older than the server, or failed with the words shown.",
    remedy: "Install those of the server's version or a later one, first in PATH, then try again.",
    code: "database.query_failed"
  },
  BackupFileUnusable: {
    title: "The file cannot become a backup, or is none",
    cause: "It is there already, its folder is missing or not writable, or it is no dump in the custom format.",
    remedy: "For a backup name a new file; for a restore one that heptad backup made.",
    code: "common.io_error"
  },
  DatabaseNotEmpty: {
    title: "A restore would mix the backup with what is there",
    cause: "The settings name another database than was meant, or the app migrated it before.",
    remedy: "Restore into an empty database, or say --replace to drop what the backup has too.",
    code: "common.already_exists"
  },
  PoolTimedOut: {
    title: "No database session became free in time",
    cause:
      "Transactions that stay open while they wait for something else, slow statements, or more load than sessions.",
    remedy: "The message names those who held sessions longest, and heptad database-pool those of this moment; " +
      "shorten them, or raise database.connection_pool.max_size (DB_POOL_SIZE).",
    code: "database.pool_timeout"
  },
  PoolOverloaded: {
    title: "Too many statements wait for a database session",
    cause: "A burst of requests, or statements that became slow, so that the line grew to connection_pool.max_waiting.",
    remedy: "Look for slow statements in database_query_duration_seconds first; then raise " +
      "database.connection_pool.max_size (DB_POOL_SIZE), or send less at a time.",
    code: "database.pool_exhausted"
  },
  PoolClosed: {
    title: "The app stops and has closed its database sessions",
    cause: "Something still asked for a session while the app stopped.",
    remedy: "Nothing, when it was one request at the end; work that must finish belongs into a drain hook or a job.",
    code: "database.pool_shutdown"
  },
  ConnectTimedOut: {
    title: "The database server opened no session in time",
    cause: "The server is overloaded or not reachable any more, a firewall drops packets, or a name resolves slowly.",
    remedy: "Try the same coordinates with psql; look for packets that are dropped on the way. " +
      "Raise database.connection_pool.connection_timeout only when the server is known to be that slow.",
    code: "database.connection_timeout"
  },
  TransactionTimedOut: {
    title: "A transaction was open for too long and was rolled back",
    cause: "It waits for a lock of another one, does too much at once, or waits for something outside of the database.",
    remedy: "Do only statements inside of the transaction, in smaller parts; " +
      "raise database.execution.transaction_timeout only when all of it is needed.",
    code: "database.transaction_timeout"
  },
  NoPrimary: {
    title: "No database server takes writes",
    cause: "The primary was lost and no replica was promoted yet, or the promoted server is not among " +
      "database.connections.replicas and database.ha.read_replicas.endpoints.",
    remedy:
      "Promote a replica (pg_ctl promote, or SELECT pg_promote()), or start the primary again. The app asks every " +
      "configured server and follows by itself; it promotes nothing.",
    code: "database.connection_failed"
  }
})

export const explanations = [...sessions, ...statements]
