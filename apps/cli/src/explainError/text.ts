/** Pure: explanations as a person reads them. */
import type { ErrorCode } from "@heptad/common"
import type { Bare, Explained } from "./catalogue.ts"

const facts = ({ httpStatus, name, number, retryable }: ErrorCode.ErrorCode): string =>
  `${name} (${number}), HTTP ${httpStatus}, ${retryable ? "retryable" : "not retryable"}`

const unexplained =
  "No error of the prebuilt apps has this code. It may be that of a failed statement (SqlError) or of a plugin " +
  "of your own; the message beside it says more."

/** One in full. */
const block = (each: Explained | Bare): ReadonlyArray<string> =>
  "tag" in each
    ? [
      `${each.tag} (${each.plugin}): ${each.title}`,
      "",
      `Cause       ${each.cause}`,
      `What to do  ${each.remedy}`,
      ...(each.code === undefined ? [] : [`Code        ${facts(each.code)}`]),
      `Page        ${each.page}`
    ]
    : [
      facts(each.code),
      "",
      unexplained
    ]

/** Each in full, with an empty line between two. */
export const blocks = (all: ReadonlyArray<Explained | Bare>): string =>
  all.map((each) => block(each).join("\n")).join("\n\n")

const columns = ({ code, plugin, tag, title }: Explained): ReadonlyArray<string> => [
  tag,
  plugin,
  code?.name ?? "",
  code === undefined ? "" : String(code.number),
  title
]

/** One a line. */
export const list = (all: ReadonlyArray<Explained>): string => {
  const rows = [["TAG", "PLUGIN", "CODE", "NUMBER", "TITLE"], ...all.map(columns)]
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const widths = [0, 1, 2, 3].map(width)
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n")
}
