/** The rules of lint: forms of statements, what each does to the release that still runs, and the way that does not. Pure. */
import type { LintRule } from "../../Migration.ts"

export interface Found {
  readonly rule: LintRule
  /** Which table it is about; one that was just made concerns nobody. */
  readonly table?: string
  readonly problem: string
  readonly remedy: string
}

type Text = Pick<Found, "problem" | "remedy">

const texts: Readonly<Record<LintRule, Text>> = {
  "drop-table": {
    problem: "the running release may still use it",
    remedy: "Drop it in a later release, when none that uses it runs any more."
  },
  "drop-column": {
    problem: "the running release may still read or write it",
    remedy: "Drop it in a later release, when none that uses it runs any more."
  },
  "rename-table": {
    problem: "the running release only knows the old name",
    remedy: "Make the new one beside it, copy, switch the code, and drop the old one in a later release."
  },
  "rename-column": {
    problem: "the running release only knows the old name",
    remedy: "Add the new column, write both, copy, switch the code, and drop the old one in a later release."
  },
  "change-type": {
    problem: "it may rewrite the table while nobody can read it, and the running release expects the old type",
    remedy: "Add a column of the new type, write both, copy, switch the code, and drop the old one in a later release."
  },
  "set-not-null": {
    problem: "the table is read through while nobody can use it, and the running release may still write nulls",
    remedy: "Add CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in the next migration, then set NOT NULL."
  },
  "add-not-null": {
    problem: "it fails on a table with rows, and the running release does not fill it",
    remedy: "Give it a DEFAULT, or add it without NOT NULL first."
  },
  "add-constraint": {
    problem: "the table is read through while nobody can write to it",
    remedy: "Add it NOT VALID and VALIDATE it in the next migration; for a key, make the index CONCURRENTLY and add " +
      "the constraint USING INDEX."
  },
  "create-index": {
    problem: "nobody can write to the table until it is built",
    remedy: "CREATE INDEX CONCURRENTLY, alone in a migration with -- heptad: no-transaction."
  },
  "drop-index": {
    problem: "it waits for every statement on the table, and everybody waits behind it",
    remedy: "DROP INDEX CONCURRENTLY, alone in a migration with -- heptad: no-transaction."
  }
}

const found = (rule: LintRule, table?: string): Found => ({ rule, ...texts[rule], ...(table && { table }) })

const identifier = /^(?:"(?:[^"]|"")*"|[^\s(),;.]+)(?: ?\. ?(?:"(?:[^"]|"")*"|[^\s(),;.]+))*/

/** The name that a text begins with, without its schema. */
export const tableOf = (text: string): string => {
  const [name = ""] = identifier.exec(text.replace(/^(?:IF EXISTS |ONLY )+/, "")) ?? []
  const last = name.split(/ ?\. ?/).at(-1) ?? ""
  return last.startsWith("\"") ? last.slice(1, -1) : last.toLowerCase()
}

const dropped = /^DROP (?:FOREIGN TABLE|TABLE|MATERIALIZED VIEW|VIEW|SCHEMA) (?:IF EXISTS )?(.*)$/
const madeIndex = /^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY\b).*? ?\bON (.*)$/
const droppedIndex = /^DROP INDEX (?!CONCURRENTLY\b)/
const renamed = /^ALTER (?:MATERIALIZED VIEW|VIEW|SCHEMA) (.*?) (?:RENAME TO|SET SCHEMA)\b/

/** What is wrong with a statement as a whole. */
export const search = (form: string): ReadonlyArray<Found> => {
  const tables = dropped.exec(form)?.[1]
  if (tables !== undefined) return parts(tables).map((each) => found("drop-table", tableOf(each)))
  const indexed = madeIndex.exec(form)?.[1]
  if (indexed !== undefined) return [found("create-index", tableOf(indexed))]
  if (droppedIndex.test(form)) return [found("drop-index")]
  const view = renamed.exec(form)?.[1]
  return view === undefined ? [] : [found("rename-table", tableOf(view))]
}

/** Cut at the commas that stand in no parentheses. */
const parts = (text: string): ReadonlyArray<string> => {
  let depth = 0
  const pieces = [""]
  for (const piece of text.match(/"(?:[^"]|"")*"?|[^"]/g) ?? []) {
    depth += piece === "(" ? 1 : piece === ")" ? -1 : 0
    if (piece === "," && depth === 0) pieces.push("")
    else pieces[pieces.length - 1] += piece
  }
  return pieces.map((piece) => piece.trim())
}

const column = String.raw`(?:"(?:[^"]|"")*"|[^\s"]+)`

/** Not the word of another action in the place of a column's name. */
const constraint = "(?!CONSTRAINT |PRIMARY KEY|UNIQUE\\b|CHECK\\b|FOREIGN KEY|EXCLUDE\\b)"

const added = new RegExp(`^ADD (?:COLUMN )?(?:IF NOT EXISTS )?${constraint}${column}`)

/** Kinds of columns that fill themselves. */
const filled = /\bDEFAULT\b|\bGENERATED\b|\b(?:SMALL|BIG)?SERIAL\b/

const byForm: ReadonlyArray<readonly [rule: LintRule, matches: (action: string) => boolean]> = [
  ["rename-table", (action) => /^(?:RENAME TO|SET SCHEMA)\b/.test(action)],
  ["rename-column", (action) => /^RENAME (?!TO\b|CONSTRAINT\b)/.test(action)],
  ["drop-column", (action) => /^DROP (?!CONSTRAINT\b)/.test(action)],
  ["change-type", (action) => new RegExp(`^ALTER (?:COLUMN )?${column} (?:SET DATA )?TYPE\\b`).test(action)],
  ["set-not-null", (action) => new RegExp(`^ALTER (?:COLUMN )?${column} SET NOT NULL\\b`).test(action)],
  [
    "add-not-null",
    (action) => added.test(action) && /\b(?:NOT NULL|PRIMARY KEY)\b/.test(action) && !filled.test(action)
  ],
  [
    "add-constraint",
    (action) =>
      /^ADD (?:CONSTRAINT \S+ )?(?:CHECK|FOREIGN KEY|PRIMARY KEY|UNIQUE|EXCLUDE)\b/.test(action) &&
      !/\bNOT VALID$|\bUSING INDEX\b/.test(action)
  ]
]

const altered = new RegExp(
  String.raw`^ALTER (?:FOREIGN )?TABLE (?:IF EXISTS )?(?:ONLY )?(${identifier.source.slice(1)}) ?\*? ?(.*)$`
)

/** What is wrong with each action of an ALTER TABLE. */
export const actions = (form: string): ReadonlyArray<Found> => {
  const [, name = "", rest = ""] = altered.exec(form) ?? []
  return parts(rest).flatMap((action) =>
    byForm.filter(([, matches]) => matches(action)).map(([rule]) => found(rule, tableOf(name)))
  )
}
