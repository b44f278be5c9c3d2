/** What every side of `database` does, and how a process is told. Pure. */

/** The works, by the names of `--works`. */
export const works = {
  select: "select by primary key",
  insert: "insert of a row",
  transaction: "transaction of 10 statements",
  batch: "batch of 1,000 rows"
} as const
export type Work = keyof typeof works

export const sizes = { accounts: 100_000, lanes: 64, sessions: 20, rowsOfBatch: 1000, pairsOfTransaction: 5 }

/** How many statements of a shared session may be under way, on both sides that share sessions. */
export const depth = 32

export const texts = {
  select: "SELECT id, name, balance FROM accounts WHERE id = $1",
  insert: "INSERT INTO events (account, note) VALUES ($1, $2)",
  read: "SELECT balance FROM accounts WHERE id = $1",
  add: "UPDATE accounts SET balance = balance + 1 WHERE id = $1",
  batch: `INSERT INTO events (account, note) VALUES ${
    Array.from({ length: sizes.rowsOfBatch }, (_, row) => `($${row * 2 + 1}, $${row * 2 + 2})`).join(", ")
  }`
}

export const nameOf = (id: number): string => `account ${id}`

/** The fields of each row of a batch. */
export const rows = Array.from({ length: sizes.rowsOfBatch }, (_, row) => ({ account: row, note: `row ${row}` }))

/** Rows that no other lane touches, so that no side waits for a lock. */
export const accountsOf = (lane: number): ReadonlyArray<number> =>
  Array.from({ length: sizes.pairsOfTransaction }, (_, pair) => lane * sizes.pairsOfTransaction + pair + 1)

export const anyAccount = (): number => 1 + Math.floor(Math.random() * sizes.accounts)

/** Throws unless it is the row that was asked for. */
export const expectAccount = (
  id: number,
  row: { readonly id?: unknown; readonly name?: unknown } | undefined
): void => {
  if (row?.id !== id || row.name !== nameOf(id)) throw new Error(`asked for account ${id}, got ${JSON.stringify(row)}`)
}

/** Where the server is: the folder of a unix socket. It comes by the environment, because everybody can read a command line. */
export interface Coordinates {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}
export const variable = "BENCH_DATABASE"
export const database = "heptad"

export interface Job {
  readonly work: Work
  readonly warmUpMillis: number
  readonly slices: number
  readonly sliceMillis: number
}
