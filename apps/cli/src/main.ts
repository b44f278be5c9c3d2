#!/usr/bin/env -S node --conditions=source
/**
 * The `heptad` command. A plain `heptad health` is answered without loading the rest, and a process that was forked by an app
 * of several processes is one of these and no command at all.
 */
import { concealAll } from "./database/conceal.ts"
import { quick } from "./health/quick.ts"

// Before anything else: a password in a URL is in the list of processes until then.
concealAll(process.argv)

const isForked = process.env["HEPTAD_PROCESS"] !== undefined && process.send !== undefined
const [verb, ...rest] = process.argv.slice(2)
const code = !isForked && verb === "health" ? await quick(rest, process.env) : undefined
if (isForked) await import("./processes/worker/main.ts")
else if (code === undefined) await import("./run.ts")
else process.exitCode = code
