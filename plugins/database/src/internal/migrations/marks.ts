/** What a migration says about itself: `-- heptad: no-transaction`, `-- heptad: allow drop-column (reason)`. Pure. */
import type { LintRule } from "../../Migration.ts"

export interface Marks {
  readonly transaction: boolean
  readonly allowed: ReadonlySet<LintRule>
  /** What is wrong with a mark, half a sentence; a misspelt one must not pass for none. */
  readonly fault?: string
}

const rules: ReadonlyArray<LintRule> = [
  "drop-table",
  "drop-column",
  "rename-table",
  "rename-column",
  "change-type",
  "set-not-null",
  "add-not-null",
  "add-constraint",
  "create-index",
  "drop-index"
]

const line = /^[ \t]*--[ \t]*heptad:[ \t]*([^\r\n]*)/gim

const allow = /^allow[ \t]+([^(]*?)[ \t]*(?:\(.*)?$/i

const isRule = (text: string): text is LintRule => rules.some((rule) => rule === text)

/** The rules that a mark names; undefined when it is no such mark. */
const allowedBy = (mark: string): ReadonlyArray<string> | undefined =>
  allow.exec(mark)?.[1]?.split(",").map((rule) => rule.trim())

const faultOf = (mark: string): string | undefined => {
  if (mark === "no-transaction") return undefined
  const stranger = allowedBy(mark)?.find((rule) => !isRule(rule))
  if (stranger !== undefined) return `"${stranger}" is no rule of lint; there are: ${rules.join(", ")}`
  return allowedBy(mark) === undefined
    ? `"-- heptad: ${mark}" is no mark; there are: no-transaction, allow <rule>`
    : undefined
}

export const marksOf = (sql: string): Marks => {
  const marks = [...sql.matchAll(line)].map(([, mark = ""]) => mark.trim())
  const fault = marks.map(faultOf).find((each) => each !== undefined)
  return {
    transaction: !marks.includes("no-transaction"),
    allowed: new Set(marks.flatMap((mark) => allowedBy(mark) ?? []).filter(isRule)),
    ...(fault !== undefined && { fault })
  }
}
