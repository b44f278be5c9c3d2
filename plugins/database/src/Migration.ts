/** What a migration is, and a set of them: what the owner of tables writes down. */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** A change by code: on the session of the migrations, inside of its transaction. */
export type MigrationEffect = Effect.Effect<unknown, unknown, SqlClient>

interface Head {
  /** Positive, unique in the set; the order of application. */
  readonly id: number
  readonly name: string
  /**
   * Takes the change back: SQL with the same marks, or an Effect. Absent: there is no way back. It may be corrected later, it
   * is not part of the checksum.
   */
  readonly down?: string | MigrationEffect
}

export interface SqlMigration extends Head {
  /**
   * One or several statements, run in one transaction. Never change it once it was applied somewhere: add another. Marks, each on
   * a line of its own: `-- heptad: no-transaction`, and `-- heptad: allow <rule>[, <rule>] [(reason)]` for what lint refuses.
   */
  readonly sql: string
}

export interface CodeMigration extends Head {
  readonly run: MigrationEffect
  /** Stands for the text in the checksum, because code has none: change it when `run` does something else. Default: the name. */
  readonly revision?: string
  /** Off: every statement of `run` stands for itself. Default: on. */
  readonly transaction?: boolean
}

export type Migration = SqlMigration | CodeMigration

export interface MigrationSet {
  /** The owner, for example `orders`; unique in a database. */
  readonly name: string
  readonly migrations: ReadonlyArray<Migration>
  /**
   * The last migration that the code needs: it is ready for work when this one and all before it are applied. Default: the last
   * one. Lower where the last ones only clear away what an older release needed.
   */
  readonly needs?: number
}

/**
 * A set as files: `0001_create_orders.sql` where there is no way back, else `0001_create_orders.up.sql` and `.down.sql`. The
 * digits are the id. Read whenever the set is asked for.
 */
export interface MigrationFolder {
  readonly name: string
  /** A path, or `new URL("../migrations/", import.meta.url)`, which is right wherever the app is started. */
  readonly folder: string | URL
  readonly needs?: number
}

export type MigrationSource = MigrationSet | MigrationFolder

/** One that was applied, or taken back. */
export interface AppliedMigration {
  readonly set: string
  readonly id: number
  readonly name: string
  readonly millis: number
}

/**
 * `drifted`: applied with another text than the one at hand. `unknown`: applied by a newer release, this one does not
 * have it.
 */
export type MigrationState = "applied" | "pending" | "drifted" | "unknown"

export interface MigrationStatus {
  readonly id: number
  readonly name: string
  readonly state: MigrationState
  /** Absent while pending. */
  readonly appliedAt?: DateTime.Utc
}

/** What breaks or stops the release that still runs while a migration is applied. */
export type LintRule =
  | "drop-table"
  | "drop-column"
  | "rename-table"
  | "rename-column"
  | "change-type"
  | "set-not-null"
  | "add-not-null"
  | "add-constraint"
  | "create-index"
  | "drop-index"

export interface LintFinding {
  readonly set: string
  readonly id: number
  readonly name: string
  readonly rule: LintRule
  /** Its beginning, on one line. */
  readonly statement: string
  readonly problem: string
  readonly remedy: string
}

/** One that would be applied, or taken back. */
export interface PlannedMigration {
  readonly set: string
  readonly id: number
  readonly name: string
  readonly transaction: boolean
  /** Absent where it is code. */
  readonly statements?: ReadonlyArray<string>
  /** What lint has against it. */
  readonly findings: ReadonlyArray<LintFinding>
}
