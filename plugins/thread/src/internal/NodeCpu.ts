/** Reads what the operating system says about this process's CPUs. */
import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import process from "node:process"
import { cpusOf, foldersOf, quotaOfCfs, quotaOfCpuMax } from "./cgroup.ts"

/** A file that is absent or unreadable limits nothing: other systems have no control groups at all. */
const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const quotas = (): ReadonlyArray<number> => {
  const self = read("/proc/self/cgroup")
  return [
    ...foldersOf(self, "").map((folder) => quotaOfCpuMax(read(`/sys/fs/cgroup${folder}/cpu.max`))),
    ...foldersOf(self, "cpu").map((folder) =>
      quotaOfCfs(
        read(`/sys/fs/cgroup/cpu${folder}/cpu.cfs_quota_us`),
        read(`/sys/fs/cgroup/cpu${folder}/cpu.cfs_period_us`)
      )
    )
  ].filter((quota) => quota !== undefined)
}

/** CPUs that this process may use, by affinity and by quota. */
export const cpus = (): number => cpusOf(availableParallelism(), quotas())

/** CPU time of the whole process, worker threads included, in milliseconds. */
export const cpuMillis = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}
