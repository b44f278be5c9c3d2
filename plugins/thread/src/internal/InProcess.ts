/** A compute engine in the caller's own thread, for tests: same cloning, same moves, same errors, no parallel work. */
import * as Effect from "effect/Effect"
import { WorkerFailed } from "../errors.ts"
import type { ComputeEngine, ComputeRequest } from "./engine.ts"
import { failure, invoke, movable, type Reply } from "./invoke.ts"
import { locate } from "./NodeModules.ts"

const sendBack = (reply: Reply): Reply => {
  try {
    return structuredClone(reply, { transfer: movable(reply) })
  } catch (error) {
    return failure("bad_output", error)
  }
}

const send = (job: string, { input, transfer }: ComputeRequest): Effect.Effect<unknown, WorkerFailed> =>
  Effect.try({
    try: (): unknown => structuredClone(input, { transfer: [...transfer] }),
    catch: (error) => new WorkerFailed({ job, reason: "bad_input", detail: String(error) })
  })

const run = Effect.fnUntraced(function*(job: string, request: ComputeRequest) {
  const input = yield* send(job, request)
  const reply = yield* Effect.promise(() => invoke({ module: locate(request.module).href, name: request.name, input }))
  const received = sendBack(reply)
  if (received.ok) return received.value
  return yield* new WorkerFailed({ job, reason: received.reason, detail: received.detail })
})

export const engine: ComputeEngine = {
  run,
  stopping: () => {},
  workers: () => ({ alive: 0, replaced: 0 })
}
