/** The channel to the process that forked this one. When it closes, that process is gone, and so is this one at once. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Socket } from "node:net"
import process from "node:process"
import { losable } from "../losable.ts"
import { FromWorker, ToWorker } from "../messages.ts"

const decode = Schema.decodeUnknownSync(ToWorker)
const encode = Schema.encodeSync(FromWorker)

type Hear = (message: ToWorker, socket: Socket | undefined) => void

export interface Link {
  readonly say: (message: FromWorker) => void
  /** The same, but it is lost where the first process does not read. */
  readonly note: (message: FromWorker) => void
  /** Every message from now on; what came before the first listener waits for it. */
  readonly hear: (hear: Hear) => void
  /** From now on the channel may close without ending the process. */
  readonly release: Effect.Effect<void>
}

/** What a process that lost its supervisor ends with: nobody is left who would collect its work or its exit code. */
const orphaned = () => process.exit(1)

export const open = (): Link => {
  process.on("disconnect", orphaned)
  const send = (message: FromWorker, sent: () => void) => {
    // The other side may be gone by now, which `disconnect` tells.
    if (process.connected) process.send?.(encode(message), undefined, undefined, sent)
    else sent()
  }
  return {
    say: (message) => send(message, () => {}),
    note: losable(send),
    hear: (hear) => {
      process.on(
        "message",
        (message: unknown, handle: unknown) => hear(decode(message), handle instanceof Socket ? handle : undefined)
      )
    },
    release: Effect.callback<void>((resume) => {
      process.off("disconnect", orphaned)
      if (!process.connected) return resume(Effect.void)
      // What was said before is on its way when the channel says that it is closed.
      process.once("disconnect", () => resume(Effect.void))
      process.disconnect?.()
    })
  }
}
