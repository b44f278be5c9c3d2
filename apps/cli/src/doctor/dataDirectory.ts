/** Pure: the data directory, or the place where it will be made. */
import { fault, type Finding, ok, warn } from "./Finding.ts"

export interface Folder {
  readonly path: string
  /** Undefined when it is not there yet. */
  readonly mode: number | undefined
  /** This user may make files in it, or make the folder where it is not there. */
  readonly writable: boolean
  /** For users without privileges, on its disk. */
  readonly freeBytes: number
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 ** 2)} MiB`
const little = { warn: 1024 ** 3, fault: 100 * 1024 ** 2 }

export const folder = ({ mode, path, writable }: Folder): Finding => {
  const check = "data directory"
  if (!writable) {
    return fault(
      check,
      `${path} cannot be written by this user. Give it write access, or set HEPTAD_DATA_DIR to another one.`
    )
  }
  if (mode === undefined) return ok(check, `${path} is made by the first start`)
  if ((mode & 0o077) === 0) return ok(check, path)
  return warn(
    check,
    `${path} is open to other users (mode ${(mode & 0o777).toString(8)}), and secrets lie in it. Run: chmod 700 ${path}`
  )
}

export const disk = ({ freeBytes, path }: Folder): Finding => {
  const check = "disk space"
  const told = `${mebibytes(freeBytes)} free at ${path}`
  if (freeBytes >= little.warn) return ok(check, told)
  const judged = freeBytes >= little.fault ? warn : fault
  return judged(check, `only ${told}. Make room, or set HEPTAD_DATA_DIR to another disk.`)
}
