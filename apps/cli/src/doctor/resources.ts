/** Pure: CPUs and memory that the process may use, and what `auto` makes of them. */
import { type Finding, ok, warn } from "./Finding.ts"

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`

/** Threads a CPU that only wait for each other. */
const crowd = 4

export const cpus = (granted: number, parallelism: number, poolSize: number | "auto", auto: number): Finding => {
  const limit = granted < parallelism ? `${granted} of ${parallelism} (control group)` : String(granted)
  if (poolSize === "auto") return ok("CPUs", `${limit}; thread.pool_size auto is ${auto}`)
  if (poolSize <= granted * crowd) return ok("CPUs", `${limit}; thread.pool_size is ${poolSize}, auto would be ${auto}`)
  return warn(
    "CPUs",
    `${limit}, and thread.pool_size is ${poolSize}: threads wait for each other. Set it to auto (${auto}).`
  )
}

/** What the process needs beside V8's heap: buffers, code, worker threads. */
const share = 0.8

export const memory = (limit: number | undefined, heapLimit: number): Finding => {
  const heap = `V8 may use ${mebibytes(heapLimit)}`
  if (limit === undefined) return ok("memory", `no limit; ${heap}`)
  if (heapLimit <= limit * share) return ok("memory", `${mebibytes(limit)}; ${heap}`)
  const advised = Math.floor(limit * share / 1024 ** 2)
  return warn(
    "memory",
    `the control group grants ${mebibytes(limit)}, and ${heap} of it: the process would be killed before it collects ` +
      `garbage. Set NODE_OPTIONS=--max-old-space-size=${advised}, or grant more.`
  )
}
