/** One forked process, as the first one sees it: what it said, how it ended, and what can be asked of it. */
import { OperationRefused } from "@heptad/kernel"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type ChildProcess, fork } from "node:child_process"
import { fstatSync } from "node:fs"
import type { Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { losable } from "./losable.ts"
import { type Begin, FromWorker, type LimitHeard, type Report, ToWorker } from "./messages.ts"
import { forwardLines } from "./output.ts"
import { fresh, type Pulse } from "./pings.ts"
import { questions } from "./questions.ts"

const decode = Schema.decodeUnknownSync(FromWorker)
const encode = Schema.encodeSync(ToWorker)

export interface Ended {
  /** `exit code 1`, `SIGKILL`. */
  readonly how: string
  readonly code: number
}

type Address = Omit<Extract<FromWorker, { readonly _tag: "Listening" }>, "_tag">

export interface Worker {
  /** Different for every process that was ever started. */
  readonly id: number
  /** Its place among the processes, which its successor takes. */
  readonly process: number
  readonly pid: number
  readonly startedAtMillis: number
  readonly running: Effect.Effect<void>
  readonly listening: Effect.Effect<Address>
  readonly ended: Effect.Effect<Ended>
  /** Returns when it has come through this step of its stop, or has ended. */
  readonly passed: (step: string) => Effect.Effect<void>
  readonly say: (message: ToWorker, socket?: Socket) => void
  /** The same, but it is lost where the process does not read. */
  readonly note: (message: LimitHeard) => void
  readonly ask: (operation: string, input: Schema.Json, dryRun: boolean) => Effect.Effect<Schema.Json, OperationRefused>
  /** Returns when its event loop has answered. */
  readonly ping: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
  /** What changes while it lives. */
  readonly now: {
    state: "starting" | "running" | "draining" | "ended"
    report: Report | undefined
    connections: number
    pulse: Pulse
  }
}

/** From the sources, or from the built package; written out, so that tools see which file is meant. */
const entry = () =>
  fileURLToPath(
    import.meta.url.endsWith(".ts") ? new URL("../main.ts", import.meta.url) : new URL("../main.js", import.meta.url)
  )

/** Processes that write into one pipe or socket tear each other's lines; a file or a terminal takes each write whole. */
const isTorn = (fd: number): boolean => {
  const found = fstatSync(fd)
  return found.isFIFO() || found.isSocket()
}

const start = (args: ReadonlyArray<string>): ChildProcess => {
  const outputOf = (fd: number) => isTorn(fd) ? "pipe" : "inherit"
  const child = fork(entry(), [...args], {
    env: { ...process.env, HEPTAD_PROCESS: "1" },
    // Out of the terminal's process group: Ctrl-C is for the first process.
    detached: true,
    serialization: "advanced",
    stdio: ["ignore", outputOf(1), outputOf(2), "ipc"]
  })
  if (child.stdout !== null) forwardLines(child.stdout, process.stdout)
  if (child.stderr !== null) forwardLines(child.stderr, process.stderr)
  return child
}

const howOf = (code: number | null, signal: string | null): Ended =>
  code === null ? { how: signal ?? "no exit code", code: 1 } : { how: `exit code ${code}`, code }

const refusal = ({ operation, problem, reason }: Extract<FromWorker, { readonly _tag: "Refused" }>) =>
  new OperationRefused({ operation, problem, reason })

/** How long the last lines of an ended process may take to arrive. */
const outputMillis = 1000

let started = 0

export interface Options {
  readonly process: number
  /** Arguments of the command, so that a list of processes tells whose they are. */
  readonly args: ReadonlyArray<string>
  readonly begin: Begin
  readonly nowMillis: number
  readonly onReport: (worker: Worker, report: Report) => void
  readonly onLimitNote: (worker: Worker, told: Extract<FromWorker, { readonly _tag: "LimitNote" }>) => void
}

/** Forks it. It lives until it ends by itself, is killed, or this process ends. */
export const make = ({ args, begin, nowMillis, onLimitNote, onReport, process: place }: Options): Worker => {
  const child = start(args)
  const [running, ended] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<Ended>()]
  const listening = Deferred.makeUnsafe<Address>()
  const steps = new Map<string, Deferred.Deferred<void>>()
  const stepOf = (step: string) => {
    const deferred = steps.get(step) ?? Deferred.makeUnsafe<void>()
    steps.set(step, deferred)
    return deferred
  }
  const orders = questions<Schema.Json, OperationRefused>()
  const pings = questions<void>()

  const say = (message: ToWorker, socket?: Socket): void => {
    // A socket that could not be sent is closed by Node; that the process has gone is told by its end.
    if (child.connected) child.send(encode(message), socket, {}, () => {})
    else socket?.destroy()
  }
  const note = losable<LimitHeard>((message, sent) => {
    if (child.connected) child.send(encode(message), undefined, {}, sent)
    else sent()
  })
  const settle = (message: FromWorker): unknown => {
    switch (message._tag) {
      case "Linked":
        return say(begin)
      case "Listening":
        return Deferred.doneUnsafe(listening, Effect.succeed(message))
      case "Running":
        // One that was told to stop while it started goes on stopping.
        if (worker.now.state === "starting") worker.now.state = "running"
        return Deferred.doneUnsafe(running, Effect.void)
      case "StepEnded":
        return Deferred.doneUnsafe(stepOf(message.step), Effect.void)
      case "Left":
        return worker.now.connections--
      case "Pong":
        return pings.answer(message.id, Effect.void)
      case "Answered":
        return orders.answer(message.id, Effect.succeed(message.answer))
      case "Refused":
        return orders.answer(message.id, Effect.fail(refusal(message)))
      case "LimitNote":
        return onLimitNote(worker, message)
      case "Report":
        worker.now.report = message
        return onReport(worker, message)
    }
  }
  const gone = (operation: string) =>
    Effect.andThen(
      Deferred.await(ended),
      Effect.fail(new OperationRefused({ operation, reason: "failed", problem: `process ${place} has ended` }))
    )

  const worker: Worker = {
    id: ++started,
    process: place,
    pid: child.pid ?? 0,
    startedAtMillis: nowMillis,
    running: Deferred.await(running),
    listening: Deferred.await(listening),
    ended: Deferred.await(ended),
    passed: (step) => Effect.raceFirst(Deferred.await(stepOf(step)), Effect.asVoid(Deferred.await(ended))),
    say,
    note,
    ask: (operation, input, dryRun) =>
      Effect.raceFirst(
        orders.ask((id) => say({ _tag: "Operate", id, operation, input, dryRun })),
        gone(operation)
      ),
    ping: pings.ask((id) => say({ _tag: "Ping", id })),
    kill: Effect.sync(() => void child.kill("SIGKILL")),
    now: { state: "starting", report: undefined, connections: 0, pulse: fresh }
  }
  child.on("message", (message) => settle(decode(message)))
  child.once("error", (error) => Deferred.doneUnsafe(ended, Effect.succeed({ how: error.message, code: 70 })))
  child.once("exit", (code, signal) => {
    worker.now.state = "ended"
    const end = () => Deferred.doneUnsafe(ended, Effect.succeed(howOf(code, signal)))
    // Its last lines are still on their way, unless somebody else keeps its output open.
    const timer = setTimeout(end, outputMillis)
    child.once("close", () => {
      clearTimeout(timer)
      end()
    })
  })
  return worker
}
