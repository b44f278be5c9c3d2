#!/usr/bin/env -S node --conditions=source
/** `migrate` as the guide spells it: `migrate --database postgresql://... up` is `heptad migrate --database postgresql://... up`. */
process.argv.splice(2, 0, "migrate")
await import("./main.ts")
