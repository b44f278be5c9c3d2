/**
 * Finds changes that break the release that still runs while they are applied, or stop it for as long as they take. Pure, by the
 * form of the statements; what a function or a DO block does is not seen.
 */
import type { LintFinding, LintRule, Migration, MigrationSet } from "../../Migration.ts"
import { skeleton, statementsOf } from "../statements.ts"
import { actions, type Found, search, tableOf } from "./lintRules.ts"
import { marksOf } from "./marks.ts"

const longest = 120

/** Its beginning on one line, without the comments before it. */
const shorten = (statement: string): string => {
  const line = statement.slice(0, 10 * longest).replace(/^(?:\s*--[^\n]*\n)+/, "").replace(/\s+/g, " ").trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 3)}...`
}

const created =
  /^CREATE (?:(?:GLOBAL |LOCAL )?TEMP(?:ORARY)? |UNLOGGED )?(?:TABLE|MATERIALIZED VIEW|VIEW) (?:IF NOT EXISTS )?/

/** The statements of a migration with what is wrong with each; `fresh` grows by the tables that it makes. */
const searchAll = (sql: string, fresh: Set<string>): ReadonlyArray<readonly [statement: string, found: Found]> =>
  statementsOf(sql).flatMap((statement) => {
    const form = skeleton(statement)
    const start = created.exec(form)
    if (start !== null) fresh.add(tableOf(form.slice(start[0].length)))
    const beginning = shorten(statement)
    return [...search(form), ...actions(form)]
      .filter(({ table }) => table === undefined || !fresh.has(table))
      .map((found) => [beginning, found] as const)
  })

const judge = (set: MigrationSet, migration: Migration, fresh: Set<string>): ReadonlyArray<LintFinding> => {
  if (!("sql" in migration)) return []
  const { allowed } = marksOf(migration.sql)
  const { id, name } = migration
  return searchAll(migration.sql, fresh)
    .filter(([, { rule }]) => !allowed.has(rule))
    .map(([statement, { problem, remedy, rule }]) => ({
      set: set.name,
      id,
      name,
      rule,
      statement: shorten(statement),
      problem,
      remedy
    }))
}

/** Of these migrations, in their order: what none of them makes itself is taken for in use. */
export const lint = (set: MigrationSet, migrations: ReadonlyArray<Migration>): ReadonlyArray<LintFinding> => {
  const fresh = new Set<string>()
  return migrations.flatMap((migration) => judge(set, migration, fresh))
}

export const allowance = (rule: LintRule): string => `-- heptad: allow ${rule}`
