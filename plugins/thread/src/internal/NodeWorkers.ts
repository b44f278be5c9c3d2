/**
 * Worker threads as a compute engine. One job at a time per thread, so that a job that loops or crashes takes no other
 * with it; threads are started when first needed and kept.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ResourceLimits, Worker } from "node:worker_threads"
import { WorkerFailed } from "../errors.ts"
import type { ComputeEngine, ComputeRequest } from "./engine.ts"
import type { Call, Reply } from "./invoke.ts"
import { locate } from "./NodeModules.ts"

export interface NodeWorkersOptions {
  readonly stackBytes: number
  readonly heapBytes: number | undefined
  readonly onReplaced: () => void
}

interface Thread {
  readonly worker: Worker
  /** Ends the job that it works on; absent between jobs. */
  finish: ((result: Effect.Effect<unknown, WorkerFailed>) => void) | undefined
  /** The job's name, for what is told when the thread ends under it. */
  job: string
  /** What the thread said before it ended. */
  lastWords: string | undefined
  alive: boolean
}

const bytesPerMB = 1024 * 1024

const program = new URL("./worker.ts", import.meta.url)

/** Delay before a thread is started after this many crashes in a row; a job that succeeds resets the count. */
const backoff = (crashes: number): Duration.Duration =>
  Duration.millis(crashes === 0 ? 0 : Math.min(10_000, 50 * 2 ** Math.min(crashes, 16)))

/** Native code cannot be terminated; closing goes on without such a thread. */
const terminationLimit = Duration.seconds(5)

export const make = Effect.fnUntraced(function*(
  options: NodeWorkersOptions
): Effect.fn.Return<ComputeEngine, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const fork = Effect.runForkWith(context)
  const resourceLimits: ResourceLimits = {
    stackSizeMb: options.stackBytes / bytesPerMB,
    ...(options.heapBytes === undefined ? {} : { maxOldGenerationSizeMb: options.heapBytes / bytesPerMB })
  }
  const threads = new Set<Thread>()
  const free: Array<Thread> = []
  let crashes = 0
  let replaced = 0
  let stopping = false

  const countReplaced = () => {
    replaced++
    options.onReplaced()
  }

  const finish = (thread: Thread, result: Effect.Effect<unknown, WorkerFailed>): void => {
    const resume = thread.finish
    thread.finish = undefined
    if (thread.alive) free.push(thread)
    resume?.(result)
  }

  const fail = (thread: Thread, reason: WorkerFailed["reason"], detail: string): void =>
    finish(thread, Effect.fail(new WorkerFailed({ job: thread.job, reason, detail })))

  const onReply = (thread: Thread) => (reply: Reply): void => {
    crashes = 0
    if (reply.ok) finish(thread, Effect.succeed(reply.value))
    else fail(thread, reply.reason, reply.detail)
  }

  const forget = (thread: Thread): void => {
    thread.alive = false
    threads.delete(thread)
    const at = free.indexOf(thread)
    if (at >= 0) free.splice(at, 1)
  }

  /** Reached only when the thread ended by itself: `retire` forgets a thread before it terminates it. */
  const onExit = (thread: Thread) => (code: number): void => {
    if (!thread.alive) return
    forget(thread)
    crashes++
    countReplaced()
    const detail = thread.lastWords ?? `its thread ended with code ${code}`
    fork(Effect.logWarning(`worker thread ended: ${detail}`))
    if (thread.finish !== undefined) fail(thread, "crashed", detail)
  }

  const spawn = (): Thread => {
    // execArgv is inherited, and with it --conditions, so that a thread resolves packages as this one does.
    const worker = new Worker(locate(program), { name: "heptad-compute", resourceLimits })
    const thread: Thread = { worker, finish: undefined, job: "", lastWords: undefined, alive: true }
    threads.add(thread)
    worker.on("message", onReply(thread))
    worker.on("messageerror", (error) => fail(thread, "bad_output", error.message))
    worker.on("error", (error) => {
      thread.lastWords = error instanceof Error ? error.message : String(error)
    })
    worker.on("exit", onExit(thread))
    return thread
  }

  const terminate = (thread: Thread) =>
    Effect.interruptible(Effect.promise(() => thread.worker.terminate())).pipe(
      Effect.timeoutOrElse({
        duration: terminationLimit,
        orElse: () => Effect.logError("a worker thread is stuck in native code and could not be terminated")
      })
    )

  /** The only way to stop a running function. The next thread starts at once, so that no later job waits for it. */
  const retire = Effect.fnUntraced(function*(thread: Thread) {
    thread.finish = undefined
    if (!thread.alive) return
    forget(thread)
    yield* terminate(thread)
    if (stopping) return
    countReplaced()
    free.push(spawn())
  })

  /** Takes a thread and posts in one step: nothing can come between and leave a thread taken but idle. */
  const post = (job: string, { input, module, name, transfer }: ComputeRequest) =>
    Effect.callback<unknown, WorkerFailed>((resume) => {
      const thread = free.pop() ?? spawn()
      thread.finish = resume
      thread.job = job
      try {
        const call: Call = { module: locate(module).href, name, input }
        thread.worker.postMessage(call, transfer)
      } catch (error) {
        // Something in the input cannot leave its thread, or a buffer was moved before.
        fail(thread, "bad_input", String(error))
      }
      return retire(thread)
    })

  const waitAfterCrash = Effect.suspend(() =>
    crashes === 0 || free.length > 0 ? Effect.void : Effect.sleep(backoff(crashes))
  )

  yield* Effect.addFinalizer(() => {
    stopping = true
    const all = [...threads]
    all.forEach(forget)
    return Effect.forEach(all, terminate, { concurrency: "unbounded", discard: true })
  })

  return {
    run: (job, request) => Effect.andThen(waitAfterCrash, post(job, request)),
    stopping: () => {
      stopping = true
    },
    workers: () => ({ alive: threads.size, replaced })
  }
})
