/** What Linux tells about a process; null on systems without a process file system. */
import * as fs from "node:fs"

const read = (file: string): string | null => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return null
  }
}

const threads = (pid: number): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Time that all threads of the process have run, in microseconds. Threads that have ended are not counted. */
export const cpuMicros = (pid: number): number | null => {
  const nanos = threads(pid).map((thread) => read(`/proc/${pid}/task/${thread}/schedstat`))
  return nanos.length === 0 ? null : nanos.reduce((sum, text) => sum + Number(text?.split(" ")[0] ?? 0), 0) / 1000
}

/** Resident memory of the process in MiB. */
export const residentMebibytes = (pid: number): number | null => {
  const kibibytes = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1]
  return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024)
}

/** Pure: the hard limit in /proc/<pid>/limits; null where it is unknown. */
export const hardFiles = (limits: string): number | null => {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
  return hard === undefined ? null : hard === "unlimited" ? Infinity : Number(hard)
}

/** How many files this process may have open at most; Node raises the soft limit to the hard one. */
export const openFilesLimit = (): number | null => hardFiles(read("/proc/self/limits") ?? "")

const range = (text: string): ReadonlyArray<number> => {
  const [first = 0, last = first] = text.split("-").map(Number)
  return Array.from({ length: last - first + 1 }, (_, step) => first + step)
}

/** Core numbers of a list as Linux writes it: `0-3,8` is 0, 1, 2, 3, 8. */
export const coreList = (text: string): ReadonlyArray<number> =>
  text.trim() === "" ? [] : text.trim().split(",").flatMap(range)

/** The cores that this process may run on; empty when unknown. */
export const allowedCores = (): ReadonlyArray<number> =>
  coreList(/Cpus_allowed_list:\s+(\S+)/.exec(read("/proc/self/status") ?? "")?.[1] ?? "")
