/** Pure: what the plan of an app says about its settings. */
import type { KernelError, Plan } from "@heptad/kernel"
import { fault, type Finding, ok, warn } from "./Finding.ts"

/** One finding for each fault. */
export const faults = ({ reasons }: KernelError): ReadonlyArray<Finding> =>
  reasons.map(({ message }) => fault("settings", message))

/** One finding for each advice: contradictions, aliases, keys that are not applied here and why. */
export const advice = (plan: Pick<Plan.Plan, "advice">): ReadonlyArray<Finding> =>
  plan.advice.length === 0
    ? [ok("settings", "no fault, no contradiction, every key is applied")]
    : plan.advice.map(({ kind, message }) => (kind === "hint" ? ok : warn)("settings", message))
