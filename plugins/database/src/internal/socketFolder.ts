/** A path to the folder of a unix socket that fits into the kernel's address structure: 108 bytes on Linux, 104 on macOS. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Process from "node:process"
import { isRunning } from "./PostgresProcess.ts"

const longest = 103 - "/.s.PGSQL.5432".length

const prefix = "heptad-socket-"

const named = new RegExp(`^${prefix}(\\d+)-`)

/** Links of apps that were killed. Those of others stay: we could not remove them. */
const sweep = (): void => {
  for (const name of Fs.readdirSync(Os.tmpdir())) {
    const owner = named.exec(name)?.[1]
    const path = Path.join(Os.tmpdir(), name)
    if (owner === undefined || isRunning(Number(owner))) continue
    if (Fs.lstatSync(path, { throwIfNoEntry: false })?.uid === Process.getuid?.()) {
      Fs.rmSync(path, { recursive: true, force: true })
    }
  }
}

const link = (directory: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      sweep()
      return Fs.mkdtempSync(Path.join(Os.tmpdir(), `${prefix}${Process.pid}-`))
    }),
    (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
  ).pipe(Effect.map((folder) => {
    const path = Path.join(folder, "s")
    Fs.symlinkSync(directory, path)
    return path
  }))

/** The folder itself, or a private link to it that goes with the scope. */
export const socketFolder = (directory: string) =>
  Buffer.byteLength(directory) <= longest ? Effect.succeed(directory) : link(directory)
