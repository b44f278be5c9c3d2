/** Looks up what was asked for, or everything, and prints it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { NothingToExplain } from "../errors.ts"
import { type Bare, catalogue, type Explained, find } from "./catalogue.ts"
import * as text from "./text.ts"

interface Input {
  readonly what: ReadonlyArray<string>
  readonly json: boolean
}

const lookUp = (what: string): Effect.Effect<ReadonlyArray<Explained | Bare>, NothingToExplain> =>
  Effect.suspend(() => {
    const found = find(what)
    return found instanceof NothingToExplain ? Effect.fail(found) : Effect.succeed(found)
  })

export const run = Effect.fnUntraced(function*({ json, what }: Input) {
  const found = what.length === 0 ? catalogue : (yield* Effect.forEach(what, lookUp)).flat()
  if (json) return yield* Console.log(JSON.stringify(found, undefined, 2))
  yield* Console.log(what.length === 0 ? text.list(catalogue) : text.blocks(found))
})
