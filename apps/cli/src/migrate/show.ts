/** Pure: migrations as a person or a program reads them. */
import type { AppliedMigration, LintFinding, PlannedMigration } from "@heptad/database"
import { table } from "../table.ts"

export const asJson = (data: object): string => JSON.stringify(data, null, 2)

/** What was done. */
export const done = (all: ReadonlyArray<AppliedMigration>, json: boolean, nothing: string): string =>
  json
    ? asJson({ migrations: all })
    : all.length === 0
    ? nothing
    : table(["SET", "ID", "NAME", "MS"], all.map(({ id, millis, name, set }) => [set, id, name, millis])).join("\n")

export const finding = ({ id, name, problem, remedy, rule, set, statement }: LintFinding): ReadonlyArray<string> => [
  `${set} ${id} ${name}: ${rule}: ${problem}`,
  `  ${statement}`,
  `  ${remedy} Or accept it: -- heptad: allow ${rule}`
]

const sqlOf = ({ findings, id, name, set, statements, transaction }: PlannedMigration): ReadonlyArray<string> => {
  const body = statements?.map((statement) => `${statement};`) ?? ["-- code, which has no SQL to show"]
  return [
    `-- ${set} ${id} ${name}`,
    ...findings.flatMap(finding).map((line) => `-- lint: ${line}`),
    ...(transaction ? ["BEGIN;", ...body, "COMMIT;"] : body),
    ""
  ]
}

/** What would be done, as SQL that a person may read or psql run. */
export const planned = (all: ReadonlyArray<PlannedMigration>, json: boolean, nothing: string): string =>
  json ? asJson({ migrations: all }) : all.length === 0 ? nothing : all.flatMap(sqlOf).join("\n").trimEnd()
