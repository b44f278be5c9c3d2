/**
 * Loaded into a measured server with `--import` (and `--expose-gc`): on SIGUSR2 it collects garbage twice and writes what the
 * process holds into memory.json of its folder, the second argument of every server here.
 */
import * as fs from "node:fs"
import { isMainThread } from "node:worker_threads"

/** Bytes. `settled` is the resident memory before garbage was collected. */
export interface Memory {
  readonly count: number
  readonly settled: number
  readonly resident: number
  /** Heap in use, and what it holds outside of itself. */
  readonly held: number
}

let count = 0

const tell = (folder: string): void => {
  const settled = process.memoryUsage.rss()
  globalThis.gc?.()
  globalThis.gc?.()
  const { external, heapUsed, rss } = process.memoryUsage()
  const memory: Memory = { count: ++count, settled, resident: rss, held: heapUsed + external }
  // Renamed, so that nobody reads half of it.
  fs.writeFileSync(`${folder}/memory.new`, JSON.stringify(memory))
  fs.renameSync(`${folder}/memory.new`, `${folder}/memory.json`)
}

if (isMainThread) process.on("SIGUSR2", () => tell(process.argv[3] ?? "."))
