/** Who holds a data directory: a process told apart from a later one that was given the same pid. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as process from "node:process"

export const Holder = Schema.Struct({
  pid: Schema.Int,
  /** Clock ticks from the start of the machine to the start of the process; empty where /proc does not tell. */
  startTicks: Schema.String,
  /** The boot and the pid namespace in which pid and startTicks mean something. */
  realm: Schema.String
})
export type Holder = typeof Holder.Type

/** Field 22 of stat(5). The second field, the name in parentheses, may hold anything, so counting starts behind it. */
export const startTicksOf = (stat: string): string => stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""

const proc = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* Effect.option(fileSystem.readFileString(path))
})

const realm = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const boot = Option.getOrElse(yield* proc("/proc/sys/kernel/random/boot_id"), () => "")
  const namespace = yield* Effect.orElseSucceed(fileSystem.readLink("/proc/self/ns/pid"), () => "")
  return `${boot.trim()} ${namespace}`.trim()
})

export const self = Effect.gen(function*() {
  const stat = yield* proc("/proc/self/stat")
  const startTicks = Option.match(stat, { onNone: () => "", onSome: startTicksOf })
  return { pid: process.pid, startTicks, realm: yield* realm } satisfies Holder
})

/** Signal 0 sends nothing; EPERM means that the process is there and belongs to somebody else. */
const answersSignal = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** Whether a holder of this realm still runs. */
export const isAlive = Effect.fnUntraced(function*({ pid, startTicks }: Holder) {
  if (!answersSignal(pid)) return false
  const stat = yield* proc(`/proc/${pid}/stat`)
  return Option.isNone(stat) || startTicks === "" || startTicksOf(stat.value) === startTicks
})
