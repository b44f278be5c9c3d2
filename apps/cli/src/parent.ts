const askEveryMillis = 1000

/** Set by who starts an app that must not outlive it. */
const isAsked = (): boolean => process.env["HEPTAD_STOP_WITH_PARENT"] === "1"

/**
 * `npm exec` runs the command below a shell that dies of a signal without passing it on, which would leave the app and its
 * database behind. So there, and where it is asked for, the end of the parent counts as SIGTERM.
 */
export const stopWithParent = (): void => {
  if (process.env["npm_command"] !== "exec" && !isAsked()) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, "SIGTERM")
  }, askEveryMillis).unref()
}
