/** Failures of statements, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/statements.ts"

export const statements = explanationsOf<typeof Errors>({
  StatementFailed: [
    {
      title: "A row with this key is there already",
      cause: "Two writers chose the same key, or a request was sent twice.",
      remedy: "Use ON CONFLICT where the second one is welcome; else answer 409 and let the caller choose.",
      code: "common.already_exists"
    },
    {
      title: "A row breaks a constraint of its table",
      cause: "A value is missing, is not allowed by a CHECK, or refers to a row that is not there.",
      remedy: "The message names constraint, table and column: check the value before it is sent.",
      code: "common.invalid_argument"
    },
    {
      title: "A statement does not fit the database",
      cause: "A misspelt word, or a table, column or function that this database does not have (yet).",
      remedy: "Correct the statement, or apply the migration that makes what it names.",
      code: "database.query_syntax"
    },
    {
      title: "A statement failed on the server",
      cause:
        "A value does not fit its type, a right is missing, a resource is used up, or a function raised an exception.",
      remedy: "The message has the SQLSTATE; the log of the server has the values, which are never shown here.",
      code: "database.query_failed"
    },
    {
      title: "A transaction was rolled back for the sake of others",
      cause: "A deadlock (40P01) or a conflict of serializable transactions (40001).",
      remedy:
        "Run it again as a whole: Database.transaction does so by itself. Touch rows in the same order everywhere.",
      code: "database.transaction_rolled_back"
    },
    {
      title: "A transaction takes nothing more",
      cause: "A statement of it had failed, and the failure was ignored (25P02).",
      remedy: "Let the failure end the transaction, or put the statement into a nested one (a savepoint).",
      code: "database.transaction_failed"
    },
    {
      title: "A lock was not free in time",
      cause: "Another transaction holds it for longer than lock_timeout (55P03).",
      remedy: "Find the holder in pg_locks and pg_stat_activity; shorten its transaction.",
      code: "database.query_timeout"
    },
    {
      title: "A statement met a server that takes no more sessions, or no such database",
      cause: "max_connections of the server is used up, or the database was dropped.",
      remedy: "Lower database.connection_pool.max_size, or raise max_connections of the server.",
      code: "database.connection_failed"
    }
  ],
  StatementCancelled: [
    {
      title: "A statement ran for too long and was cancelled by the server",
      cause: "A missing index, a lock that another transaction holds, or more rows than expected.",
      remedy: "EXPLAIN it; look for locks in pg_locks. Raise database.execution.query_timeout only when it is needed.",
      code: "database.query_timeout"
    },
    {
      title: "Somebody cancelled a statement",
      cause: "pg_cancel_backend, an administrator's tool, or a pooler.",
      remedy: "Ask who did; send it again.",
      code: "database.query_failed"
    }
  ],
  ValueNotSupported: {
    title: "A value has no PostgreSQL type, or a column cannot be read",
    cause: "An object, a symbol or a nested array was passed as a parameter, or a column has an unusual binary form.",
    remedy: "Pass plain values (JSON as text with ::jsonb), and cast unusual columns with ::text.",
    code: "database.query_failed"
  },
  SessionLost: {
    title: "A database session was lost while it was used",
    cause: "The server was restarted or failed over, an administrator ended the session, or the network cut it.",
    remedy:
      "Look at the log of the server at that time. Transactions are repeated by Database.transaction, statements " +
      "that may be repeated by Database.idempotent.",
    code: "database.connection_lost"
  },
  CommitUnknown: {
    title: "Nobody knows whether a transaction was committed",
    cause: "The session was lost after COMMIT was sent and before its answer.",
    remedy:
      "Look for what the transaction wrote before you repeat it; write with keys of your own (ON CONFLICT), then " +
      "repeating is always safe.",
    code: "database.commit_unknown"
  },
  TransactionRolledBack: {
    title: "COMMIT rolled a transaction back",
    cause: "A statement in it had failed and the failure was ignored.",
    remedy: "Let the failure end the transaction, or put the statement into a nested transaction (a savepoint).",
    code: "database.transaction_rolled_back"
  }
})
