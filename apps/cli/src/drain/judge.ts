/**
 * Pure: what is known about a stop that was watched from outside. The control port closes a moment before the process ends,
 * so the end of the last steps may go unseen. A step that had less time than its budget cannot have cut anything.
 */
import type { Step } from "../control/answers.ts"

export interface Seen {
  /** As far as they could be seen. */
  readonly steps: ReadonlyArray<Step>
  /** Plugins close in so many waves, which share the budget of the step `close`. */
  readonly waves: number
  /** From the wish to the end of the process, or until the time was up. */
  readonly millis: number
  readonly ended: boolean
}

/** Names of what was cut. */
export const cutOf = ({ steps }: Pick<Seen, "steps">): ReadonlyArray<string> => steps.flatMap(({ cut }) => cut)

/** Serving on for a while cuts nothing. */
const cuts = ({ step }: Step): boolean => step !== "lame_duck"

const budgetOf = ({ budgetMillis, step }: Step, waves: number): number =>
  step === "close" ? budgetMillis / Math.max(1, waves) : budgetMillis

/** Steps whose end nobody saw and which had the time to use up their budget. */
export const unseenOf = ({ millis, steps, waves }: Seen): ReadonlyArray<string> => {
  const from = Math.max(0, ...steps.map(({ startedAtMillis = 0 }) => startedAtMillis))
  const open = steps.filter((step) => cuts(step) && step.millis === undefined)
  return open.filter((step) => budgetOf(step, waves) <= millis - from).map(({ step }) => step)
}

export const isClean = (seen: Seen): boolean => seen.ended && cutOf(seen).length === 0 && unseenOf(seen).length === 0
