/** What a set of migrations and the table of a database mean together; nothing here talks to a database. */
import type * as DateTime from "effect/DateTime"
import * as Crypto from "node:crypto"
import { MigrationFailed } from "../errors.ts"
import type { Migration, MigrationSet, MigrationStatus } from "../Migrations.ts"

export interface Row {
  readonly id: number
  readonly name: string
  readonly checksum: string
  readonly appliedAt: DateTime.Utc
}

/** What stands in the table for one set, by id. */
export type Rows = ReadonlyMap<number, Row>

/** Line ends differ between checkouts of the same file. */
export const checksumOf = ({ sql }: Migration): string =>
  Crypto.createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex")

export const label = ({ id, name }: { readonly id: number; readonly name: string }): string => `${id} ${name}`

export const inOrder = (set: MigrationSet): ReadonlyArray<Migration> => set.migrations.toSorted((a, b) => a.id - b.id)

/** What is wrong with the set itself, or undefined. */
export const faultOf = (set: MigrationSet): string | undefined => {
  const ids = set.migrations.map(({ id }) => id)
  const wrong = ids.find((id, index) => !Number.isSafeInteger(id) || id < 1 || ids.indexOf(id) !== index)
  return wrong === undefined ? undefined : `the id ${wrong} is used twice or is no positive whole number`
}

export const failed = (set: MigrationSet, migration: Migration | undefined, problem: string, remedy: string) =>
  new MigrationFailed({ set: set.name, ...(migration && { migration: label(migration) }), problem, remedy })

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
