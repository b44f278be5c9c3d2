/** The public face of database. Queries go through Effect's own `SqlClient` (effect/sql/SqlClient). */
export { DatabaseContract } from "./contract.ts"
export { Database, type DatabaseInfo, type Notification } from "./Database.ts"
export { errorCodeOf } from "./errorCodeOf.ts"
export {
  DatabaseUnavailable,
  EmbeddedServerFailed,
  MigrationFailed,
  PoolOverloaded,
  PoolTimedOut,
  TransactionTimedOut
} from "./errors.ts"
export {
  type AppliedMigration,
  type Migration,
  Migrations,
  type MigrationSet,
  type MigrationState,
  type MigrationStatus
} from "./Migrations.ts"
