/** A composition whose settings are right, for verbs that start nothing. */
import { Kernel, type KernelError, type Plan } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Answered } from "../Answered.ts"
import { type Composition, within } from "./compose.ts"
import * as faults from "./faults.ts"

const tell = ({ reasons }: KernelError) =>
  Effect.andThen(Console.error(faults.text(reasons)), Effect.fail(new Answered({ exitCode: 78 })))

/** With faults the verb ends: they are told on standard error, because they are not the data that was asked for. */
export const checked = (composition: Composition): Effect.Effect<Plan.Checked, Answered> =>
  Effect.catchTag(within(composition)(Kernel.check(composition.plugins)), "KernelError", tell)
