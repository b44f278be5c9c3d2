#!/usr/bin/env -S node --conditions=source
/** The `heptad` command. A plain `heptad health` is answered without loading the rest. */
import { quick } from "./health/quick.ts"

const [verb, ...rest] = process.argv.slice(2)
const code = verb === "health" ? await quick(rest, process.env) : undefined
if (code === undefined) await import("./run.ts")
else process.exitCode = code
