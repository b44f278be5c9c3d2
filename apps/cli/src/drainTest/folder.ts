/** The folder of one test: data, logs. It goes with the test; what a killed test left behind goes with the next one. */
import * as Effect from "effect/Effect"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const prefix = "heptad-drain-test-"

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

const sweep = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner))) remove(join(tmpdir(), name))
  }
}

const make = (): string => {
  sweep()
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
}

/**
 * A database that was about to be made when its app was ended makes its folder, parents included, a moment later; that goes
 * too. Looks again until nothing came back, for half a minute at most.
 */
const removeForGood = (folder: string) =>
  Effect.sync(() => remove(folder)).pipe(
    Effect.andThen(Effect.sleep("300 millis")),
    Effect.andThen(Effect.sync(() => existsSync(folder))),
    Effect.repeat({ while: (there) => there, times: 100 })
  )

export const temporary = Effect.acquireRelease(Effect.sync(make), removeForGood)
