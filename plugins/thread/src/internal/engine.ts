/** What the pool asks of whoever runs computing jobs: worker threads, or the same thread in tests. */
import type * as Effect from "effect/Effect"
import type { WorkerFailed } from "../errors.ts"

export interface ComputeRequest {
  readonly module: URL
  readonly name: string
  readonly input: unknown
  readonly transfer: ReadonlyArray<ArrayBuffer>
}

export interface ComputeEngine {
  /** Runs one job. When it is interrupted, the job has stopped once the interruption is through. */
  readonly run: (job: string, request: ComputeRequest) => Effect.Effect<unknown, WorkerFailed>
  /** The pool is about to end its jobs: threads that are lost from here on are not replaced. */
  readonly stopping: () => void
  readonly workers: () => { readonly alive: number; readonly replaced: number }
}
