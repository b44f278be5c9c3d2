/**
 * Watches directories. On `node:fs` itself, because a refusal of the operating system must be an answer here: Effect's
 * `FileSystem.watch` dies of it.
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { matters, type Places } from "./settingsPlaces.ts"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error)

/** A watched directory, or the code of the refusal. */
const open = (directory: string, names: ReadonlySet<string>, onChange: () => void): fs.FSWatcher | string => {
  try {
    const watcher = fs.watch(directory, { persistent: false }, (_event, name) => {
      if (matters(directory, names, name)) onChange()
    })
    return watcher.on("error", onChange)
  } catch (error) {
    return codeOf(error)
  }
}

/** Calls `onChange` until the scope closes. Answers the codes of what could not be watched. */
export const watch = (places: Places, onChange: () => void) =>
  Effect.acquireRelease(
    Effect.sync(() => [...places].map(([directory, names]) => open(directory, names, onChange))),
    (opened) => Effect.sync(() => opened.forEach((each) => typeof each === "string" || each.close()))
  ).pipe(Effect.map((opened) => opened.filter((each) => typeof each === "string")))
