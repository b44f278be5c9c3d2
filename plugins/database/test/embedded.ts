/** The plugin in the process of the test, on a folder, with its own embedded server. */
import { DataDirectory } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Database } from "@heptad/database"
import { layerQuiet, still } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layer } from "../src/internal/layer.ts"
import { configOf } from "../src/internal/testServer.ts"
import { folder } from "./process.ts"

const dataDirectory = (path: string, password: string) =>
  Layer.succeed(DataDirectory, { path, secret: () => Effect.succeed(Redacted.make(password)) })

/** Real data: durable unless the section says otherwise. */
export const embedded = (path: string, section: unknown = {}, password = "generated") =>
  layer(configOf(section), still).pipe(
    Layer.provideMerge(Layer.mergeAll(layerMemory, layerQuiet, dataDirectory(path, password)))
  )

export const on = <A, E, R>(path: string, test: Effect.Effect<A, E, R>) => Effect.provide(test, embedded(path))

/** Why it does not start. */
export const faultOf = (path: string, password?: string) =>
  Effect.flip(Effect.provide(Effect.asVoid(Database), embedded(path, {}, password)))

/** The process number of the server of this folder. */
export const serverOf = (path: string): number =>
  Number.parseInt(Fs.readFileSync(Path.join(path, "postgres", "postmaster.pid"), "utf8"), 10)

/** Root may, unless it is that of a container without the right. */
export const mayMount = ChildProcess.spawnSync("unshare", ["--mount", "true"]).status === 0

/** A disk of so many megabytes. */
export const disk = (megabytes: number) =>
  Effect.acquireRelease(
    Effect.map(folder(0o755), (path) => {
      ChildProcess.execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "heptad-test", path])
      return path
    }),
    (path) => Effect.sync(() => ChildProcess.execFileSync("umount", ["--lazy", path]))
  )
