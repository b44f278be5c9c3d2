/** Brings the peers: `npm ci` inside bench/, on first use and whenever the lock file has changed. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { PeersNotInstalled } from "./errors.ts"
import * as paths from "./paths.ts"

const command = ChildProcess.make("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
  cwd: paths.bench,
  extendEnv: true,
  stdin: "ignore",
  stdout: "ignore",
  stderr: "inherit"
})

export const installPeers = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const stamp = path.join(paths.bench, "node_modules", ".lock-installed")
  const lock = yield* fs.readFileString(path.join(paths.bench, "package-lock.json"))
  const installed = yield* Effect.orElseSucceed(fs.readFileString(stamp), () => "")
  if (installed === lock) return
  yield* Console.error("bench: installing the peers (npm ci in bench/)")
  const exitCode = yield* spawner.exitCode(command)
  if (exitCode !== 0) return yield* new PeersNotInstalled({ exitCode })
  yield* fs.writeFileString(stamp, lock)
})
