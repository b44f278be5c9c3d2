/** Where things stand, independent of the folder that the command was started in. */
import { relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export const bench = fileURLToPath(new URL("..", import.meta.url))
export const repository = fileURLToPath(new URL("../..", import.meta.url))
export const results = fileURLToPath(new URL("../results", import.meta.url))
export const load = fileURLToPath(new URL("./load.ts", import.meta.url))
export const attack = fileURLToPath(new URL("./attack.ts", import.meta.url))
export const idle = fileURLToPath(new URL("./idle.ts", import.meta.url))
export const memory = new URL("./memory.ts", import.meta.url).href
export const lifeline = new URL("./lifeline.ts", import.meta.url).href
export const peer = (file: string): string => fileURLToPath(new URL(`./peers/${file}.ts`, import.meta.url))
/** The `heptad` command; relative to the repository because apps are started, not imported. */
export const cli = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url))

/** The same file in another checkout; what is no file of this one stays as it is. */
export const inside = (other: string, argument: string): string =>
  argument.startsWith(repository) ? resolve(other, relative(repository, argument)) : argument
