/**
 * Where the temporary folders of a test run are: in memory, if there is room and programs may be started there. Dozens of
 * tests make a database cluster, some thousand files of which the disk is waited for.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const memory = "/dev/shm"

/** A cluster is 40 MB and up to 80 MB of its log; what else a run writes is small. */
const enough = 4 * 1024 ** 3

const hasRoom = (): boolean => {
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= enough
}

/** Tests start programs in their folders; in a container this place is often mounted without that right. */
const mayExecute = (folder: string): boolean => {
  const program = join(folder, "probe")
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 })
  const { status } = spawnSync(program)
  rmSync(program)
  return status === 0
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const prefix = "heptad-run-"

/** Folders of runs that were killed. */
const sweep = (place: string): void => {
  for (const name of readdirSync(place)) {
    const owner = /^heptad-run-(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner))) remove(join(place, name))
  }
}

const makeIn = (place: string): string => {
  sweep(place)
  const folder = mkdtempSync(join(place, `${prefix}${process.pid}-`))
  // As open as /tmp: some tests act as other users.
  chmodSync(folder, 0o1777)
  return folder
}

/** Makes the folder and has this process, and all that it starts, use it for what is temporary; answers how to remove it. */
export const makeTemporaryFolder = (): { readonly path: string; readonly remove: () => void } => {
  const usual = tmpdir()
  const made = makeIn(existsSync(memory) && hasRoom() ? memory : usual)
  const path = made.startsWith(usual) || mayExecute(made) ? made : makeIn(usual)
  if (path !== made) remove(made)
  process.env.TMPDIR = path
  return { path, remove: () => remove(path) }
}
