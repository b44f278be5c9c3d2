/** Pure: a statement without its literals and the lengths of its lists, so that the same one looks the same and shows no value. */

/** Longer texts are cut first: the beginning tells which statement it is. */
const mostRead = 8192

const mostShown = 500

/** What holds a value or means nothing; names in double quotes stay. An open quote reaches to the end. */
const tokens = new RegExp(
  [
    String.raw`"(?:[^"]|"")*"?`,
    String
      .raw`(?<literal>(?<![\w$])[eE]'(?:[^'\\]|\\[^]|'')*'?|'(?:[^']|'')*'?|(?<![\w$])\$(?<tag>[A-Za-z_]\w*|)\$[^]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<number>\$\d+|(?<![\w$.])\.?\d[\w.]*)`,
    String.raw`(?<blank>(?:\s|--[^\n]*|/\*[^]*?(?:\*/|$))+)`
  ].join("|"),
  "g"
)

const normalised = (sql: string): string =>
  sql.replace(tokens, (...match) => {
    const groups: Readonly<Record<string, string | undefined>> = match.at(-1)
    return groups["literal"] !== undefined || groups["number"] !== undefined
      ? "?"
      : groups["blank"] !== undefined
      ? " "
      : String(match[0])
  })

const list = /\?(?: ?, ?\?)+/g

const rows = /(\( ?\? ?\))(?: ?, ?\( ?\? ?\))+/g

/** At most 500 characters. */
export const fingerprintOf = (sql: string): string =>
  normalised(sql.slice(0, mostRead)).trim().replace(list, "?").replace(rows, "$1").slice(0, mostShown)
