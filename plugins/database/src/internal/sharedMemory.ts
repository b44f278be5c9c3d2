/**
 * Where parallel queries keep what they share. The usual place on Linux is /dev/shm, which containers make too small (64 MiB)
 * or do not have; System V segments need no folder there.
 */
import * as Fs from "node:fs"

const enough = 256 * 1024 * 1024

const fits = (folder: string): boolean => {
  try {
    const { bavail, bsize } = Fs.statfsSync(folder)
    return (Fs.statSync(folder).mode & 0o002) !== 0 && bavail * bsize >= enough
  } catch {
    return false
  }
}

/** The value of `dynamic_shared_memory_type`. */
export const kindFor = (platform: string, folder = "/dev/shm"): "posix" | "sysv" =>
  platform !== "linux" || fits(folder) ? "posix" : "sysv"
