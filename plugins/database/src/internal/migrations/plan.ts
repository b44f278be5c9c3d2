/** What a set of migrations and the table of a database mean together; nothing here talks to a database. */
import type * as DateTime from "effect/DateTime"
import * as Crypto from "node:crypto"
import { MigrationFailed } from "../../errors.ts"
import type { LintFinding, Migration, MigrationSet, MigrationStatus, PlannedMigration } from "../../Migration.ts"
import { faultOfText, type Step } from "./step.ts"

export interface Row {
  readonly id: number
  readonly name: string
  readonly checksum: string
  readonly appliedAt: DateTime.Utc
}

/** What stands in the table for one set, by id. */
export type Rows = ReadonlyMap<number, Row>

/** Line ends differ between checkouts of the same file. */
const textOf = (migration: Migration): string =>
  "sql" in migration ? migration.sql.replaceAll("\r\n", "\n") : `run:${migration.revision ?? migration.name}`

export const checksumOf = (migration: Migration): string =>
  Crypto.createHash("sha256").update(textOf(migration)).digest("hex")

export const label = ({ id, name }: { readonly id: number; readonly name: string }): string => `${id} ${name}`

export const inOrder = (set: MigrationSet): ReadonlyArray<Migration> => set.migrations.toSorted((a, b) => a.id - b.id)

export const failed = (
  set: { readonly name: string },
  migration: { readonly id: number; readonly name: string } | undefined,
  problem: string,
  remedy: string
) => new MigrationFailed({ set: set.name, ...(migration && { migration: label(migration) }), problem, remedy })

/** What is wrong with the set itself, or undefined. */
export const faultOf = (set: MigrationSet): MigrationFailed | undefined => {
  const ids = set.migrations.map(({ id }) => id)
  const wrong = ids.find((id, index) => !Number.isSafeInteger(id) || id < 1 || ids.indexOf(id) !== index)
  if (wrong !== undefined) {
    const problem = `the id ${wrong} is used twice or is no positive whole number`
    return failed(set, undefined, problem, "Give it another id.")
  }
  for (const migration of inOrder(set)) {
    const fault = faultOfText(migration)
    if (fault !== undefined) return failed(set, migration, fault.problem, fault.remedy)
  }
  return undefined
}

/** What is wrong with the pair of set and database, or undefined. Nothing is run when there is something. */
export const conflict = (set: MigrationSet, rows: Rows): MigrationFailed | undefined => {
  const highest = Math.max(0, ...inOrder(set).map(({ id }) => id).filter((id) => rows.has(id)))
  for (const migration of inOrder(set)) {
    const row = rows.get(migration.id)
    if (row !== undefined && row.checksum !== checksumOf(migration)) {
      return failed(
        set,
        migration,
        "its text differs from the one that was applied",
        "Restore the text, and put the change into a new migration."
      )
    }
    if (row === undefined && migration.id < highest) {
      return failed(
        set,
        migration,
        `it was not applied although ${highest} was`,
        `Give it an id above ${highest}.`
      )
    }
  }
  return undefined
}

export const pendingOf = (set: MigrationSet, rows: Rows): ReadonlyArray<Migration> =>
  inOrder(set).filter(({ id }) => !rows.has(id))

export type Reversible = Migration & { readonly down: NonNullable<Migration["down"]> }

const isReversible = (migration: Migration): migration is Reversible => migration.down !== undefined

/** The applied ones that `steps` steps back take back, the newest first, or why that cannot be. */
export const toRevert = (set: MigrationSet, rows: Rows, steps: number): ReadonlyArray<Reversible> | MigrationFailed => {
  const known = new Map(set.migrations.map((migration) => [migration.id, migration]))
  const found: Array<Reversible> = []
  for (const row of [...rows.values()].toSorted((a, b) => b.id - a.id).slice(0, steps)) {
    const migration = known.get(row.id)
    if (migration === undefined) {
      const problem = "this release does not know it"
      return failed(set, row, problem, "Take it back with the release that applied it.")
    }
    if (!isReversible(migration)) {
      return failed(set, migration, "it has no way back", "Write its down, or restore a backup.")
    }
    found.push(migration)
  }
  return found
}

/** What the code of the set still needs of the database, a sentence; undefined when the schema is at least that. */
export const missingOf = (set: MigrationSet, rows: Rows): string | undefined => {
  const needed = inOrder(set).filter(({ id }) => id <= (set.needs ?? Number.MAX_SAFE_INTEGER))
  const missing = needed.filter(({ id }) => !rows.has(id)).map(label)
  if (missing.length > 0) return `the schema of "${set.name}" is too old: ${missing.join(", ")} missing`
  const drifted = needed.filter((each) => rows.get(each.id)?.checksum !== checksumOf(each)).map(label)
  return drifted.length === 0 ? undefined : `the schema of "${set.name}" is another one: ${drifted.join(", ")} differs`
}

/** The SQL of one direction as it is planned; code has none. */
export const planned = (
  set: MigrationSet,
  { id, name }: Migration,
  step: Step,
  findings: ReadonlyArray<LintFinding>
): PlannedMigration => ({
  set: set.name,
  id,
  name,
  transaction: step.transaction,
  ...(step.statements && { statements: step.statements }),
  findings: findings.filter((finding) => finding.id === id)
})

const statusOf = (migration: Migration, row: Row | undefined): MigrationStatus => {
  const { id, name } = migration
  return row === undefined
    ? { id, name, state: "pending" }
    : { id, name, state: row.checksum === checksumOf(migration) ? "applied" : "drifted", appliedAt: row.appliedAt }
}

/** What is in the table but not in the set. */
export const unknownOf = (set: MigrationSet, rows: Rows): ReadonlyArray<Row> =>
  [...rows.values()].filter(({ id }) => !set.migrations.some((migration) => migration.id === id))

/** Every migration of both, by id. */
export const toStatus = (set: MigrationSet, rows: Rows): ReadonlyArray<MigrationStatus> => {
  const known = set.migrations.map((migration) => statusOf(migration, rows.get(migration.id)))
  const unknown = unknownOf(set, rows).map(({ appliedAt, id, name }) =>
    ({ id, name, state: "unknown", appliedAt }) as const
  )
  return [...known, ...unknown].toSorted((a, b) => a.id - b.id)
}
