import * as Effect from "effect/Effect"
import type { Advice } from "../Settings.ts"

/** A hint is worth a thought and no warning. */
export const tellAdvice = (advice: ReadonlyArray<Advice>) =>
  Effect.forEach(
    advice,
    ({ kind, message }) => kind === "hint" ? Effect.logInfo(message) : Effect.logWarning(message),
    {
      discard: true
    }
  )
