/**
 * How many CPUs this process may really use. Containers are limited by a quota of CPU time that neither Node nor libuv
 * reports reliably, so it is read from the control group. Pure: works on file contents.
 */

/** CPUs granted by a `cpu.max` file (control groups 2): `200000 100000` is 2; `max 100000` is no limit. */
export const quotaOfCpuMax = (content: string): number | undefined => {
  const match = /^(\d+)\s+(\d+)\s*$/.exec(content.trim())
  return match === null ? undefined : ratio(Number(match[1]), Number(match[2]))
}

/** The same from `cpu.cfs_quota_us` and `cpu.cfs_period_us` (control groups 1); a quota of -1 is no limit. */
export const quotaOfCfs = (quota: string, period: string): number | undefined =>
  /^\d+$/.test(quota.trim()) ? ratio(Number(quota), Number(period)) : undefined

const ratio = (quota: number, period: number): number | undefined =>
  quota > 0 && period > 0 ? quota / period : undefined

const ancestors = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/").filter((part) => part !== "")
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`).concat("")
}

/**
 * The folders below the mount point in which a limit may stand, the process's own first: every ancestor's limit holds
 * too. Reads the text of `/proc/self/cgroup`; `controller` is "" for control groups 2 and "cpu" for 1.
 */
export const foldersOf = (selfCgroup: string, controller: "" | "cpu"): ReadonlyArray<string> => {
  for (const line of selfCgroup.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (match?.[1]?.split(",").includes(controller) === true) return ancestors(match[2] ?? "")
  }
  return [""]
}

/** The guide's formula: how many threads one CPU keeps busy. */
const threadsPerCpu = { cpu: 1, io: 2, mixed: 1.5 } as const

/**
 * CPUs, at least one. Rounded down: a thread more than the quota pays for gets the whole process throttled, the event
 * loop included.
 */
export const cpusOf = (parallelism: number, quotas: ReadonlyArray<number>): number =>
  Math.max(1, Math.floor(Math.min(parallelism, ...quotas)))

/** The size of a pool whose setting is `auto`. */
export const autoSize = (cpus: number, workload: keyof typeof threadsPerCpu): number =>
  Math.max(1, Math.floor(cpus * threadsPerCpu[workload]))
