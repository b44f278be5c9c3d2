/** Pure: limits of the operating system against what the settings ask for. */
import { type Finding, ok, warn } from "./Finding.ts"

/** Descriptors beside connections: files, the database's sessions, worker threads, the ops ports. */
const reserve = 256

/** The soft limit of open files in `/proc/<pid>/limits`; undefined where it cannot be read. */
export const openFilesOf = (limits: string): number | undefined => {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined ? undefined : soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft)
}

export const openFiles = (limit: number | undefined, maxConnections: number): Finding => {
  const check = "open files"
  if (limit === undefined) return ok(check, "this platform does not tell its limit")
  const needed = maxConnections + reserve
  if (limit >= needed) return ok(check, `${limit} for ${maxConnections} connections`)
  return warn(
    check,
    `the limit of ${limit} open files is below network.tcp.max_connections (${maxConnections}) and what else the app opens. ` +
      `Raise it to ${needed} or more (ulimit -n, LimitNOFILE=), or lower the setting.`
  )
}

export const backlog = (somaxconn: number | undefined, wanted: number): Finding => {
  const check = "listen backlog"
  if (somaxconn === undefined) return ok(check, "this platform does not tell its limit")
  if (somaxconn >= wanted) return ok(check, `${wanted} of ${somaxconn}`)
  return warn(
    check,
    `net.core.somaxconn is ${somaxconn}, so the backlog of ${wanted} (network.tcp.backlog) is cut to it. ` +
      `Raise it: sysctl -w net.core.somaxconn=${wanted}.`
  )
}

/** Settings files are watched, one watch a folder. */
const fewWatches = { instances: 16, watches: 1024 }

export const inotify = (instances: number | undefined, watches: number | undefined): Finding => {
  const check = "file watches"
  if (instances === undefined || watches === undefined) return ok(check, "this platform does not tell its limit")
  const told = `${instances} instances, ${watches} watches for this user`
  if (instances >= fewWatches.instances && watches >= fewWatches.watches) return ok(check, told)
  return warn(
    check,
    `${told} are few: changed settings may go unnoticed. Raise fs.inotify.max_user_instances to 128 and ` +
      `fs.inotify.max_user_watches to 8192, or send SIGHUP after a change.`
  )
}
