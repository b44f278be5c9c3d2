/** Where a sink's bytes go. The pipeline in `Sink.ts` knows nothing of files and streams beyond this. */
import type * as Effect from "effect/Effect"
import type { FileOpenFailed, WriteFailed } from "../errors.ts"

export type Refusal = FileOpenFailed | WriteFailed

export interface Destination {
  /** Value of the metric attribute `sink`, and the name in messages. */
  readonly name: string
  /** Writes all of it, or fails; a partly written batch counts as failed. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, Refusal>
  /** The same before the caller goes on: the last chance at exit, and for `fatal`. Answers why it was refused. */
  readonly writeSync: (bytes: Uint8Array) => Refusal | undefined
  readonly reopen: Effect.Effect<void>
  readonly close: Effect.Effect<void>
}
