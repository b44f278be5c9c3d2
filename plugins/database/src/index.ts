/** The public face of database. Queries go through Effect's own `SqlClient` (effect/sql/SqlClient). */
export { DatabaseConfig } from "./config.ts"
export { DatabaseContract } from "./contract.ts"
export {
  type ChannelEvent,
  type CopyFormat,
  type CopyFrom,
  type CopyInto,
  Database,
  type DatabaseInfo,
  type DatabaseNode,
  type Notification,
  type PoolState,
  type Row,
  type SessionHolder,
  type TransactionOptions
} from "./Database.ts"
export { errorCodeOf } from "./errorCodeOf.ts"
export {
  BackupFileUnusable,
  CommitUnknown,
  ConnectTimedOut,
  DatabaseNotEmpty,
  DatabaseToolFailed,
  DatabaseUnavailable,
  EmbeddedServerFailed,
  MigrationFailed,
  NoPrimary,
  PoolClosed,
  PoolOverloaded,
  PoolTimedOut,
  SessionLost,
  StatementCancelled,
  StatementFailed,
  TransactionRolledBack,
  TransactionTimedOut,
  ValueNotSupported
} from "./errors.ts"
export {
  type AppliedMigration,
  type CodeMigration,
  type LintFinding,
  type LintRule,
  type Migration,
  type MigrationEffect,
  type MigrationFolder,
  type MigrationSet,
  type MigrationSource,
  type MigrationState,
  type MigrationStatus,
  type PlannedMigration,
  type SqlMigration
} from "./Migration.ts"
export { Migrations } from "./Migrations.ts"
export { MigrationSets } from "./MigrationSets.ts"
export { Priority } from "./Priority.ts"
