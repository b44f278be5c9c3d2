const askEveryMillis = 1000

/**
 * `npm exec` runs the command below a shell that dies of a signal without passing it on, which would leave the app and its
 * database behind. So there, and only there, the end of the parent counts as SIGTERM.
 */
export const stopWithParent = (): void => {
  if (process.env["npm_command"] !== "exec") return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, "SIGTERM")
  }, askEveryMillis).unref()
}
