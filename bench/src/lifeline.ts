/**
 * Loaded into the measured servers with `--import`: a server ends when the benchmark's end of its stdin closes, so that
 * nothing keeps running when the benchmark is killed with SIGKILL. Costs nothing between start and end. Worker threads
 * load it too, and their stdin has always ended: they are left alone.
 */
import { isMainThread } from "node:worker_threads"

if (isMainThread) process.stdin.on("end", () => process.exit(0)).resume()
