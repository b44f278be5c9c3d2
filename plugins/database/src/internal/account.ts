/**
 * PostgreSQL refuses to run as root. This decides as whom it runs instead, and whether that account can reach a path.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Process from "node:process"

export interface Account {
  readonly uid: number
  readonly gid: number
}

const conventionalNobody: Account = { uid: 65534, gid: 65534 }

const nobody = (): Account => {
  try {
    const line = Fs.readFileSync("/etc/passwd", "utf8").split("\n").find((entry) => entry.startsWith("nobody:"))
    const [, , uid, gid] = line?.split(":").map(Number) ?? []
    return uid !== undefined && gid !== undefined && uid > 0 && gid > 0 ? { uid, gid } : conventionalNobody
  } catch {
    return conventionalNobody
  }
}

/** As whom the server of this folder runs; undefined means as ourselves. A folder that has an owner keeps it. */
export const accountFor = (directory: string): Account | undefined => {
  if (Process.getuid?.() !== 0) return undefined
  const owner = Fs.statSync(directory, { throwIfNoEntry: false })
  return owner === undefined || owner.uid === 0 ? nobody() : { uid: owner.uid, gid: owner.gid }
}

const mayEnter = ({ gid, mode, uid }: Fs.Stats, account: Account): boolean =>
  (mode & (uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001)) !== 0

/** Whether the account may execute the file, or enter the folder, and everything above it. */
export const reaches = (account: Account | undefined, path: string): boolean => {
  if (account === undefined) return true
  const stats = Fs.statSync(path, { throwIfNoEntry: false })
  const above = Path.dirname(path)
  return stats !== undefined && mayEnter(stats, account) && (above === path || reaches(account, above))
}
