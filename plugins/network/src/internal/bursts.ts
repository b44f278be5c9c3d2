/**
 * What bad clients do is told once per burst: the first time at once, then at most once a minute with the number since. For
 * callbacks of Node, which are no effects.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

const pause = 60_000

interface Burst {
  toldAt: number
  since: number
}

/** `kind` is one of a few; `message` tells what happened and what to do. */
export const bursts = (context: Context.Context<never>) => {
  const byKind = new Map<string, Burst>()
  const run = Effect.runForkWith(context)
  const clock = Context.get(context, Clock.Clock)

  return (kind: string, message: string): void => {
    const now = clock.currentTimeMillisUnsafe()
    const burst = byKind.get(kind)
    if (burst !== undefined && now - burst.toldAt < pause) {
      burst.since++
      return
    }
    const before = burst === undefined || burst.since === 0 ? "" : ` ${burst.since} more since the last message.`
    byKind.set(kind, { toldAt: now, since: 0 })
    run(Effect.logWarning(message + before))
  }
}

export type Tell = ReturnType<typeof bursts>
