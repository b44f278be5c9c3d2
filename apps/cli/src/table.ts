/** Rows under a head, as columns of texts that a terminal only shows. Pure. */
import { columns } from "./columns.ts"
import { printable } from "./printable.ts"

export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number>>
): ReadonlyArray<string> => columns([head, ...rows.map((row) => row.map((cell) => printable(String(cell))))])
