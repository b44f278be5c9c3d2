/** One direction of a migration, ready to be run. Pure. */
import type { Migration, MigrationEffect } from "../../Migration.ts"
import { skeleton, statementsOf } from "../statements.ts"
import { marksOf } from "./marks.ts"

export interface Step {
  readonly transaction: boolean
  /** Absent where it is code. */
  readonly statements?: ReadonlyArray<string>
  readonly run?: MigrationEffect
}

const stepOf = (work: string | MigrationEffect, transaction: boolean): Step =>
  typeof work === "string"
    ? { transaction: marksOf(work).transaction, statements: statementsOf(work) }
    : { transaction, run: work }

const transactional = (migration: Migration): boolean => "sql" in migration || migration.transaction !== false

export const upOf = (migration: Migration): Step =>
  stepOf("sql" in migration ? migration.sql : migration.run, transactional(migration))

export const downOf = (migration: Migration, down: string | MigrationEffect): Step =>
  stepOf(down, transactional(migration))

interface Fault {
  readonly problem: string
  readonly remedy: string
}

/** Statements that end the transaction which they stand in, or begin one in it. */
const control = /^(?:BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|ABORT|PREPARE TRANSACTION)\b(?! TO\b)/

/** Statements that the server refuses inside of a transaction. */
const outside =
  /^(?:(?:CREATE (?:UNIQUE )?|DROP )INDEX CONCURRENTLY|REINDEX .*\bCONCURRENTLY|VACUUM|ALTER SYSTEM|(?:CREATE|DROP) (?:DATABASE|TABLESPACE))\b/

const faultOfStatement = (statement: string): Fault | undefined => {
  const form = skeleton(statement)
  const words = form.split(" ").slice(0, 4).join(" ")
  if (control.test(form)) {
    return {
      problem: `it says ${words} itself, and would be kept in part when it fails`,
      remedy: "Leave that out: each migration is a transaction. Or mark it -- heptad: no-transaction."
    }
  }
  return outside.test(form)
    ? {
      problem: `${words} cannot run in a transaction`,
      remedy: "Put it alone into a migration with the line -- heptad: no-transaction."
    }
    : undefined
}

const faultOfSql = (sql: string): Fault | undefined => {
  const { fault, transaction } = marksOf(sql)
  if (fault !== undefined) return { problem: fault, remedy: "Correct the mark." }
  return transaction
    ? statementsOf(sql).map(faultOfStatement).find((each) => each !== undefined)
    : undefined
}

/** What is wrong with the texts of a migration before anybody runs them. */
export const faultOfText = (migration: Migration): Fault | undefined =>
  ["sql" in migration ? migration.sql : undefined, migration.down]
    .filter((text) => typeof text === "string")
    .map(faultOfSql)
    .find((each) => each !== undefined)
