/** The server ends a request that is being answered: its fiber is interrupted, and the client is told why. */
import * as Context from "effect/Context"
import type * as Problem from "../Problem.ts"
import type { Exchange } from "./exchange.ts"

/** Stands on the interruption. */
export class Cut extends Context.Service<Cut, {
  readonly occurrence: Problem.Occurrence
  readonly headers: Readonly<Record<string, string>>
}>()("@heptad/network/Cut") {}

/** An answer that has begun cannot become another one: its connection is closed. */
export const cut = (
  { fiber, response }: Exchange,
  occurrence: Problem.Occurrence,
  headers: Readonly<Record<string, string>> = {}
): void => {
  if (response.writableEnded) return
  if (response.headersSent) response.destroy()
  else fiber?.interruptUnsafe(undefined, Context.make(Cut, { occurrence, headers }))
}
