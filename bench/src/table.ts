/** Records as text tables, one for each run of records with the same keys, in the order of the keys. Pure. */

export type Cell = string | number | null
export type TableRow = Readonly<{ readonly [column: string]: Cell }>

const shown = (cell: Cell | undefined): string => cell === null || cell === undefined ? "-" : String(cell)

const alike = (
  records: ReadonlyArray<TableRow>
): ReadonlyArray<ReadonlyArray<TableRow>> => [
  ...Map.groupBy(records, (record) => Object.keys(record).join("\n")).values()
]

const one = (records: ReadonlyArray<TableRow>): string => {
  const columns = Object.keys(records[0] ?? {})
  const lines = [columns, ...records.map((record) => columns.map((column) => shown(record[column])))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  const isText = columns.map((column) => typeof records[0]?.[column] === "string")
  const pad = (cell: string, index: number) =>
    isText[index] === true ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n")
}

export const table = (records: ReadonlyArray<TableRow>): string => alike(records).map(one).join("\n\n")
