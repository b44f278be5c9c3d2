/**
 * Cuts a text of SQL into its statements, because the extended protocol takes one at a time. Knows what may hide a
 * semicolon: quotes, dollar quotes, comments (nested ones too), and the body of an SQL-standard function (BEGIN ATOMIC).
 */

/** One piece of text in which no statement can end. `E'..'` is the only string with backslash escapes. */
const opaque = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`(?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\.|'')*'`,
    String.raw`'(?:[^']|'')*'`,
    String.raw`"(?:[^"]|"")*"`,
    String.raw`(?<![A-Za-z0-9_$])\$([A-Za-z_][A-Za-z0-9_]*)?\$[\s\S]*?\$\1\$`
  ].join("|"),
  "y"
)

const comment = /\/\*|\*\//g

/** The index behind a block comment that starts at `from`; they nest. */
const endOfComment = (sql: string, from: number): number => {
  comment.lastIndex = from
  let depth = 0
  for (let mark = comment.exec(sql); mark !== null; mark = comment.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1
    if (depth === 0) return comment.lastIndex
  }
  return sql.length
}

const word = /[A-Za-z_][A-Za-z0-9_$]*/y

/** The index behind the next token that starts at `from`. */
const endOfToken = (sql: string, from: number): number => {
  if (sql.startsWith("/*", from)) return endOfComment(sql, from)
  for (const pattern of [opaque, word]) {
    pattern.lastIndex = from
    if (pattern.test(sql)) return pattern.lastIndex
  }
  return from + 1
}

interface Token {
  readonly at: number
  readonly end: number
  /** In upper case. */
  readonly word: string
}

/** The pieces of a text in which no statement can end. */
const tokensOf = function*(sql: string): Generator<Token> {
  for (let at = 0; at < sql.length;) {
    const end = endOfToken(sql, at)
    yield { at, end, word: sql.slice(at, end).toUpperCase() }
    at = end
  }
}

/** How deep inside BEGIN ATOMIC ... END the text is after this word. */
const nesting = (depth: number, previous: string, token: string): number =>
  previous === "BEGIN" && token === "ATOMIC"
    ? depth + 1
    : depth > 0 && token === "CASE"
    ? depth + 1
    : depth > 0 && token === "END"
    ? depth - 1
    : depth

const isComment = (word: string): boolean => word.startsWith("--") || word.startsWith("/*")

/** What stands for a piece whose content means nothing to whoever looks for a form. */
const skeletonOf = (word: string, text: string): string =>
  isComment(word) ? " " : word.startsWith("'") || word.startsWith("E'") || /^\$.*\$$/s.test(word)
    ? "''"
    : word.startsWith("\"")
    ? text
    : word

/** A statement without its comments and texts, words in upper case but quoted names, on one line. */
export const skeleton = (sql: string): string =>
  [...tokensOf(sql)].map(({ at, end, word }) => skeletonOf(word, sql.slice(at, end))).join("").replace(/\s+/g, " ")
    .trim()

const isBlank = (sql: string): boolean => skeleton(sql) === ""

/** The statements of a text, in order, without their semicolons; empty ones are left out. */
export const statementsOf = (sql: string): ReadonlyArray<string> => {
  const statements: Array<string> = []
  let start = 0
  let depth = 0
  let previous = ""
  for (const { at, end, word: token } of tokensOf(sql)) {
    if (token === ";" && depth === 0) {
      statements.push(sql.slice(start, at))
      start = end
    }
    depth = nesting(depth, previous, token)
    if (token.trim() !== "") previous = token
  }
  return [...statements, sql.slice(start)].map((statement) => statement.trim()).filter((each) => !isBlank(each))
}
