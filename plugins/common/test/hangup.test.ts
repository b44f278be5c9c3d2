/** SIGHUP in a process of its own. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const command = [
  process.execPath,
  "--conditions=source",
  fileURLToPath(new URL("./fixtures/hangup.ts", import.meta.url))
]

const start = (file: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** What the process has said by the time it says something that fits. */
const says = (child: ChildProcess, wanted: RegExp) =>
  Effect.callback<RegExpExecArray>((resume) => {
    let text = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString()
      const found = wanted.exec(text)
      if (found !== null) resume(Effect.succeed(found))
    })
  })

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it.live("a process without a terminal lives on and hears every SIGHUP", () =>
  Effect.gen(function*() {
    const child = yield* start("setsid", ...command)
    const pid = Number((yield* says(child, /listening (\d+)/))[1])
    process.kill(pid, "SIGHUP")
    yield* says(child, /heard/)
    process.kill(pid, "SIGHUP")
    yield* says(child, /heard/)
    assert.isTrue(isRunning(pid))
    process.kill(pid, "SIGKILL")
  }))

it.live("a process hears a SIGHUP that somebody sends while its terminal is there, and ends when the terminal is gone", () =>
  Effect.gen(function*() {
    const terminal = yield* start("script", "-qfc", command.join(" "), "/dev/null")
    const pid = Number((yield* says(terminal, /listening (\d+)/))[1])
    process.kill(pid, "SIGHUP")
    yield* says(terminal, /heard/)
    assert.isTrue(isRunning(pid))
    terminal.kill("SIGKILL")
    yield* Effect.sleep("20 millis").pipe(Effect.repeat({ until: () => !isRunning(pid) }))
  }))
