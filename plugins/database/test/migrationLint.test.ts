import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { lint } from "../src/internal/migrations/lint.ts"
import { marksOf } from "../src/internal/migrations/marks.ts"
import { faultOf } from "../src/internal/migrations/plan.ts"

const of = (...sql: ReadonlyArray<string>) => ({
  name: "set",
  migrations: sql.map((text, index) => ({ id: index + 1, name: `step ${index + 1}`, sql: text }))
})

const rulesOf = (...sql: ReadonlyArray<string>) => {
  const set = of(...sql)
  return lint(set, set.migrations).map(({ rule }) => rule)
}

const cases: ReadonlyArray<readonly [sql: string, rules: ReadonlyArray<string>]> = [
  ["DROP TABLE old", ["drop-table"]],
  ["drop table if exists one, \"Two\" cascade", ["drop-table", "drop-table"]],
  ["DROP VIEW shown; DROP MATERIALIZED VIEW kept; DROP SCHEMA mine", ["drop-table", "drop-table", "drop-table"]],
  ["ALTER TABLE a DROP COLUMN b", ["drop-column"]],
  ["ALTER TABLE a DROP b, DROP IF EXISTS c", ["drop-column", "drop-column"]],
  ["ALTER TABLE a DROP CONSTRAINT b", []],
  ["ALTER TABLE a RENAME TO b", ["rename-table"]],
  ["ALTER TABLE a SET SCHEMA b", ["rename-table"]],
  ["ALTER VIEW a RENAME TO b", ["rename-table"]],
  ["ALTER TABLE a RENAME COLUMN b TO c", ["rename-column"]],
  ["ALTER TABLE a RENAME b TO c", ["rename-column"]],
  ["ALTER TABLE a RENAME CONSTRAINT b TO c", []],
  ["ALTER TABLE a ALTER COLUMN b TYPE bigint", ["change-type"]],
  ["ALTER TABLE ONLY a.\"B c\" ALTER \"d e\" SET DATA TYPE bigint USING 1", ["change-type"]],
  ["ALTER TABLE a ALTER COLUMN b SET NOT NULL", ["set-not-null"]],
  ["ALTER TABLE a ALTER b SET DEFAULT 1, ALTER b DROP NOT NULL", []],
  ["ALTER TABLE a ADD COLUMN b int NOT NULL", ["add-not-null"]],
  ["ALTER TABLE a ADD b int PRIMARY KEY", ["add-not-null"]],
  ["ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 1", []],
  ["ALTER TABLE a ADD COLUMN b bigserial NOT NULL", []],
  ["ALTER TABLE a ADD COLUMN b numeric(10, 2)", []],
  ["ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", ["add-constraint"]],
  ["ALTER TABLE a ADD CONSTRAINT c CHECK (b IN (1, 2)) NOT VALID", []],
  ["ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d)", ["add-constraint"]],
  ["ALTER TABLE a ADD UNIQUE (b)", ["add-constraint"]],
  ["ALTER TABLE a ADD CONSTRAINT c PRIMARY KEY USING INDEX d", []],
  ["ALTER TABLE a VALIDATE CONSTRAINT c", []],
  ["CREATE INDEX ON a (b)", ["create-index"]],
  ["CREATE UNIQUE INDEX IF NOT EXISTS b ON ONLY a USING btree (c)", ["create-index"]],
  ["-- heptad: no-transaction\nCREATE INDEX CONCURRENTLY ON a (b)", []],
  ["DROP INDEX a", ["drop-index"]],
  ["CREATE TABLE a (b int); CREATE INDEX ON a (b); ALTER TABLE a ADD c int NOT NULL; DROP TABLE a", []],
  ["CREATE TABLE IF NOT EXISTS s.a (b int); CREATE INDEX ON s.A (b)", []],
  ["CREATE TABLE a (b int); CREATE INDEX ON c (b)", ["create-index"]],
  ["INSERT INTO a VALUES ('; DROP TABLE b'); -- DROP TABLE c", []],
  ["/* DROP TABLE a */ SELECT $$ DROP TABLE b $$", []],
  ["ALTER\n  TABLE /* here */ a\n  DROP -- this\n COLUMN b", ["drop-column"]],
  ["-- heptad: allow drop-table (nobody uses it since 2.3)\nDROP TABLE a", []],
  ["-- heptad: allow drop-table, drop-column\nDROP TABLE a; ALTER TABLE b DROP c; DROP INDEX d", ["drop-index"]]
]

it.each(cases)("lint: %s", (sql, rules) => {
  assert.deepStrictEqual(rulesOf(sql), rules)
})

it("takes a table that an earlier one of the same run made for a new one", () => {
  assert.deepStrictEqual(rulesOf("CREATE TABLE a (b int)", "CREATE INDEX ON a (b)"), [])
  assert.deepStrictEqual(rulesOf("CREATE INDEX ON a (b)", "CREATE TABLE a (b int)"), ["create-index"])
})

it("says where, what is wrong and which way is right", () => {
  const set = of("SELECT 1", "-- why\nALTER TABLE a\n  DROP COLUMN b")
  assert.deepStrictEqual(lint(set, set.migrations), [{
    set: "set",
    id: 2,
    name: "step 2",
    rule: "drop-column",
    statement: "ALTER TABLE a DROP COLUMN b",
    problem: "the running release may still read or write it",
    remedy: "Drop it in a later release, when none that uses it runs any more."
  }])
})

const faults: ReadonlyArray<readonly [sql: string, message: string]> = [
  [
    "-- heptad: alow drop-table\nDROP TABLE a",
    `"-- heptad: alow drop-table" is no mark; there are: no-transaction, allow <rule>. Correct the mark.`
  ],
  [
    "-- heptad: allow drop-tabel\nDROP TABLE a",
    `"drop-tabel" is no rule of lint; there are: drop-table, drop-column, rename-table, rename-column, change-type, ` +
    `set-not-null, add-not-null, add-constraint, create-index, drop-index. Correct the mark.`
  ],
  [
    "INSERT INTO a VALUES (1); COMMIT; DROP TABLE a",
    `it says COMMIT itself, and would be kept in part when it fails. Leave that out: each migration is a transaction. ` +
    `Or mark it -- heptad: no-transaction.`
  ],
  [
    "CREATE UNIQUE INDEX CONCURRENTLY ON a (b)",
    `CREATE UNIQUE INDEX CONCURRENTLY cannot run in a transaction. ` +
    `Put it alone into a migration with the line -- heptad: no-transaction.`
  ]
]

it.each(faults)("refuses before anything is run: %s", (sql, message) => {
  assert.strictEqual(faultOf(of(sql))?.message, `Migration of "set" at 1 step 1 failed: ${message}`)
})

it("looks at the way back too", () => {
  const back = { name: "set", migrations: [{ id: 1, name: "one", sql: "SELECT 1", down: "ROLLBACK" }] }
  assert.include(faultOf(back)?.message, "it says ROLLBACK itself")
})

it("lets what goes back to a savepoint and what begins a body stand", () => {
  const text = "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; DO $$ BEGIN PERFORM 1; END $$"
  assert.isUndefined(faultOf(of(text)))
})

const pieces = fc.constantFrom(
  ...["ALTER TABLE ", "a", "\"", "'", "$$", "(", ")", ",", ";", "--", "/*", "*/", "\n", " DROP ", "COLUMN "],
  ...[
    "ADD ",
    "NOT NULL",
    "-- heptad: ",
    "allow ",
    "drop-table",
    "BEGIN ATOMIC ",
    "CREATE INDEX ON ",
    "E'",
    "\\",
    "RENAME "
  ]
)

it("survives any text in bounded time", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.array(pieces, { maxLength: 60 }).map((each) => each.join(""))
  )
  fc.assert(fc.property(texts, (sql) => {
    marksOf(sql)
    rulesOf(sql)
    faultOf(of(sql))
  }))
  const startedAt = performance.now()
  for (const piece of ["(", "\"", "$", "a.", "ALTER TABLE a ADD ", "-- heptad: allow ", "DROP TABLE a, "]) {
    rulesOf(piece.repeat(5000))
    marksOf(piece.repeat(5000))
  }
  assert.isBelow(performance.now() - startedAt, 10_000)
})
