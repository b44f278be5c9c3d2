/** What plugins tell about their settings, though it is no fault. */
import type { Settings } from "@heptad/kernel"

/** Two settings disagree, or one with the world around; the message says who wins. */
export const contradiction = (keys: ReadonlyArray<string>, message: string): Settings.Advice => ({
  kind: "contradiction",
  keys,
  message
})

/** A setting has no effect here. */
export const notApplied = (key: string, why: string, origin?: string): Settings.Advice => ({
  kind: "not-applied",
  keys: [key],
  message: `setting not applied: ${key}${origin === undefined ? "" : ` (${origin})`}: ${why}`
})

/** Worth a thought. */
export const hint = (keys: ReadonlyArray<string>, message: string): Settings.Advice => ({ kind: "hint", keys, message })
