/** The table in which a database keeps what was applied to it. */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Migration, MigrationSet } from "../../Migration.ts"
import { codeOf } from "../PgSession.ts"
import * as Plan from "./plan.ts"

const table = `CREATE TABLE IF NOT EXISTS heptad_migrations (
  set text NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (set, id)
)`

const toRow = (values: ReadonlyArray<unknown>): Plan.Row => ({
  id: Number(values[0]),
  name: String(values[1]),
  checksum: String(values[2]),
  appliedAt: DateTime.makeUnsafe(Number(values[3]))
})

/** What was applied of a set; nothing where the table was never made. */
export const read = (session: PgConnection, set: MigrationSet): Effect.Effect<Plan.Rows, SqlError> =>
  session.queryValues(
    `SELECT id, name, checksum, (extract(epoch FROM applied_at) * 1000)::float8 FROM heptad_migrations WHERE set = $1`,
    [set.name],
    false
  ).pipe(
    Effect.map((rows) => new Map(rows.map(toRow).map((row) => [row.id, row]))),
    Effect.catchIf((error) => codeOf(error) === "42P01", () => Effect.succeed(new Map<number, Plan.Row>()))
  )

/** Only who holds the lock may: two at once would collide in the catalogue. */
export const create = (session: PgConnection) => session.query(table, [], false)

export const note = (session: PgConnection, set: MigrationSet, migration: Migration) =>
  session.query("INSERT INTO heptad_migrations (set, id, name, checksum) VALUES ($1, $2, $3, $4)", [
    set.name,
    migration.id,
    migration.name,
    Plan.checksumOf(migration)
  ], false)

export const forget = (session: PgConnection, set: MigrationSet, { id }: Migration) =>
  session.query("DELETE FROM heptad_migrations WHERE set = $1 AND id = $2", [set.name, id], false)
