/** The program slowhttptest as the attacker, for those who rather believe somebody else's. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { AttackerMissing } from "./errors.ts"
import type { TableRow } from "./table.ts"
import { echo } from "./works.ts"

const program = "slowhttptest"

const common = (connections: number, seconds: number) => [
  ...["-c", String(connections), "-r", String(connections)],
  ...["-i", "1", "-l", String(seconds), "-p", "5"]
]

const kinds = {
  "slow header": (port: number) => ["-H", "-x", "4", "-u", `http://127.0.0.1:${port}/`],
  "slow body": (port: number) => [
    ...["-B", "-s", String(Buffer.byteLength(echo.body)), "-f", "application/json"],
    ...["-u", `http://127.0.0.1:${port}${echo.path}`]
  ]
}

const plain = (printed: string): string => printed.replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, "")

/** Pure: the last of the numbers that it prints every five seconds. */
export const lastOf = (printed: string, name: string): number | null => {
  const found = [...plain(printed).matchAll(new RegExp(`${name}:\\s+(\\d+)`, "g"))].at(-1)?.[1]
  return found === undefined ? null : Number(found)
}

/** Pure: how it says that it ended; "No open connections left" is what a good server makes it say. */
export const endOf = (printed: string): string | null => /Exit status:\s+(.+)/.exec(plain(printed))?.[1]?.trim() ?? null

/** Fails when it is not on the PATH. */
export const checkThere = Effect.gen(function*() {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  yield* spawner.string(ChildProcess.make(program, ["-h"], { stdin: "ignore" })).pipe(
    Effect.mapError(() => new AttackerMissing({ program }))
  )
})

/** Both kinds at once, each with half of the connections. */
export const attack = Effect.fnUntraced(function*(port: number, connections: number, seconds: number) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  return yield* Effect.forEach(
    Object.entries(kinds),
    ([kind, argsOf]) => {
      const args = [...common(connections / 2, seconds), ...argsOf(port)]
      return Effect.map(spawner.string(ChildProcess.make(program, args, { stdin: "ignore" })), (printed): TableRow => ({
        attack: `${kind} (${program})`,
        connections: connections / 2,
        "closed when last told": lastOf(printed, "closed"),
        "connected when last told": lastOf(printed, "connected"),
        "its end": endOf(printed)
      }))
    },
    { concurrency: "unbounded" }
  )
})
