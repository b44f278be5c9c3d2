/** Asks for what waits for a restart and shows it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Status, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given } from "../control/flags.ts"
import { lines } from "./changes.ts"

export const run = Effect.fnUntraced(
  function*({ json }: Given & { readonly json: boolean }) {
    const answer = yield* (yield* Control).read("status")
    const { pending } = yield* understand("status", Status)(answer)
    if (json) return yield* Console.log(JSON.stringify(pending, null, 2))
    if (pending.length === 0) return yield* Console.error("Nothing waits for a restart.")
    yield* Console.log(lines(pending).join("\n"))
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
