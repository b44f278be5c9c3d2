/** Brings the tables of a plugin to the state that its code expects. Every plugin with tables owns one set. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { MigrationFailed } from "./errors.ts"

export interface Migration {
  /** Positive, unique in the set; the order of application. */
  readonly id: number
  readonly name: string
  /** One or several statements, run in one transaction. Never change it once it was applied somewhere: add another. */
  readonly sql: string
}

export interface MigrationSet {
  /** The owner, for example `orders`; unique in a database. */
  readonly name: string
  readonly migrations: ReadonlyArray<Migration>
}

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

export class Migrations extends Context.Service<Migrations, {
  /**
   * Applies what is missing of a set, in id order, each in a transaction of its own, while holding a session advisory
   * lock that starters of other processes wait for (`migrations.lock_timeout`). A changed text, or a missing id below an
   * applied one, fails before anything is run. A failing migration leaves those before it applied. Returns what was
   * applied now; nothing when all was there. What a newer release applied is told in the log and left alone.
   */
  readonly up: (set: MigrationSet) => Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>
  /** Every migration of the set and of the database, by id. Reads only; takes no lock. */
  readonly status: (set: MigrationSet) => Effect.Effect<ReadonlyArray<MigrationStatus>, MigrationFailed>
}>()("@heptad/database/Migrations") {}
