/** What a server says about itself when it is asked. */

export interface Report {
  readonly role: "primary" | "replica"
  /** A primary that takes no writes, because somebody told it so. */
  readonly readOnly: boolean
  /** How far its log is written, or replayed. */
  readonly position: bigint
  /** Counted up by each promotion; absent on a replica. */
  readonly timeline: number | undefined
  readonly version: string
  /** As `server_version_num`, for example 180004. */
  readonly versionNumber: number
}

export const question = `SELECT pg_is_in_recovery(), current_setting('transaction_read_only'),
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text,
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END,
  current_setting('server_version'), current_setting('server_version_num')`

const lsn = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i

/** A position in the log as PostgreSQL writes it, `16/B374D848`; zero for what is none. */
export const positionOf = (text: unknown): bigint => {
  const match = typeof text === "string" ? lsn.exec(text) : null
  return match === null ? 0n : (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`)
}

/** The first eight digits of the name of a log file. */
const timelineOf = (file: unknown): number | undefined => {
  const digits = typeof file === "string" ? /^[0-9A-F]{8}/i.exec(file)?.[0] : undefined
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}

/** A value may be anything, also what cannot be made a text. */
const textOf = (value: unknown): string => typeof value === "string" ? value : ""

export const toReport = (row: ReadonlyArray<unknown>): Report => {
  const [inRecovery, readOnly, position, file, version, versionNumber] = row
  const replica = inRecovery === true
  return {
    role: replica ? "replica" : "primary",
    readOnly: !replica && readOnly === "on",
    position: positionOf(position),
    timeline: timelineOf(file),
    version: textOf(version).split(" ")[0] ?? "",
    versionNumber: Number(textOf(versionNumber))
  }
}
