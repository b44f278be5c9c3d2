/** How the command ends: exit codes, what a person reads about a failure, and the way out when a stop takes too long. */
import { Kernel, KernelError } from "@heptad/kernel"
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Runtime from "effect/Runtime"
import { Answered } from "./Answered.ts"
import * as startFailure from "./startFailure.ts"

const forced = { SIGINT: 130, SIGTERM: 143 } as const

/** Ctrl-C reaches the whole process group, and npm passes its own copy on: what comes this soon is the same wish. */
const echoMillis = 500

/** Tells of each signal whether somebody insists: whether it is more than the echo of the first one. */
export const insistence = () => {
  let first: number | undefined
  return (nowMillis: number): boolean => {
    first ??= nowMillis
    return nowMillis - first > echoMillis
  }
}

/** The first signal drains; another one after half a second ends the process at once with the code of the signal. */
export const forceOnSecondSignal = (): void => {
  const insists = insistence()
  for (const [signal, code] of Object.entries(forced)) {
    process.on(signal, () => {
      if (insists(performance.now())) process.exit(code)
    })
  }
}

/** What a person reads about a failure: the reasons of a start, the sentence of any other expected error. */
export const explain = (error: unknown): string | undefined => {
  if (error instanceof KernelError) return startFailure.text(error)
  return error instanceof Error && "_tag" in error ? `heptad: ${error.message}` : undefined
}

/** Usage errors were shown by the command line itself; what nothing explains is a bug, told with its cause. */
export const report = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  if (Cause.hasInterruptsOnly(cause) || CliError.isCliError(error) || error instanceof Answered) return Effect.void
  return Console.error(explain(error) ?? Cause.pretty(cause))
}

const codeOf = (cause: Cause.Cause<unknown>): number | undefined => {
  if (CliError.isCliError(Cause.squash(cause))) return 2
  return Cause.hasDies(cause) && !Cause.hasFails(cause) ? 70 : undefined
}

/** 2 for a command line that was not understood, 70 for a bug, else what `Kernel.teardown` says. */
export const teardown: Runtime.Teardown = (end, onExit) => {
  const code = Exit.isFailure(end) ? codeOf(end.cause) : undefined
  return code === undefined ? Kernel.teardown(end, onExit) : onExit(code)
}
