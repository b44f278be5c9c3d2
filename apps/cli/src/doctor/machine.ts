/** What the machine and this process say about themselves; what cannot be read is undefined. */
import { accessSync, constants, readFileSync, statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { getHeapStatistics } from "node:v8"
import type { Folder } from "./dataDirectory.ts"

const attempt = <A>(look: () => A): A | undefined => {
  try {
    return look()
  } catch {
    return undefined
  }
}

const read = (path: string) => attempt(() => readFileSync(path, "utf8"))

const numberIn = (path: string): number | undefined => {
  const text = read(path)?.trim() ?? ""
  return /^\d+$/.test(text) ? Number(text) : undefined
}

export const limits = () => ({
  process: read("/proc/self/limits") ?? "",
  somaxconn: numberIn("/proc/sys/net/core/somaxconn"),
  inotify: {
    instances: numberIn("/proc/sys/fs/inotify/max_user_instances"),
    watches: numberIn("/proc/sys/fs/inotify/max_user_watches")
  }
})

/** Node answers 0 or a number beyond every memory where there is no limit. */
export const memory = () => {
  const limit = process.constrainedMemory()
  return {
    limit: limit > 0 && limit < Number.MAX_SAFE_INTEGER ? limit : undefined,
    heapLimit: getHeapStatistics().heap_size_limit
  }
}

const existing = (path: string): string => attempt(() => statSync(path)) === undefined ? existing(dirname(path)) : path

export const folder = (path: string): Folder => {
  const there = existing(path)
  const disk = attempt(() => statfsSync(there))
  return {
    path,
    mode: attempt(() => statSync(path))?.mode,
    writable: attempt(() => (accessSync(there, constants.W_OK | constants.X_OK), true)) ?? false,
    freeBytes: disk === undefined ? Number.POSITIVE_INFINITY : disk.bavail * disk.bsize
  }
}
