/** Which cores the server and the load generator run on; the same for every side of a run. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { allowedCores } from "./processStat.ts"

export interface Cores {
  readonly server: number | undefined
  readonly load: number | undefined
  /** All that may be used; empty when nothing is pinned. */
  readonly usable: ReadonlyArray<number>
  /** A sentence for the report. */
  readonly said: string
}

const unpinned = (why: string): Cores => ({
  server: undefined,
  load: undefined,
  usable: [],
  said: `not pinned: ${why}`
})

/** Pure: the first core serves, the second one makes the load. */
export const choose = (cores: ReadonlyArray<number>, taskset: boolean): Cores => {
  const [server, load] = cores
  if (server === undefined || load === undefined) return unpinned("fewer than two cores are known to be usable")
  if (!taskset) return unpinned("taskset is not installed")
  return { server, load, usable: cores, said: `server pinned to core ${server}, load generator to core ${load}` }
}

export const cores = Effect.gen(function*() {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const code = yield* Effect.orElseSucceed(spawner.exitCode(ChildProcess.make("taskset", ["--version"])), () => 1)
  return choose(allowedCores(), code === 0)
})

/** taskset replaces itself by the command, so the process id stays the one of the measured process. */
export const pin = (core: number | undefined, command: readonly [string, ...Array<string>]) =>
  core === undefined ? command : ["taskset", "-c", String(core), ...command] as const
