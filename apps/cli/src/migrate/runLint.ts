/** Tells everything that lint has against the sets. */
import { DatabaseTools } from "@heptad/database/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Answered } from "../Answered.ts"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "./flags.ts"
import { setsOf } from "./sets.ts"
import * as show from "./show.ts"

export const run = Effect.fnUntraced(function*(given: Given) {
  const plugins = Option.isSome(given.dir) ? [] : (yield* composeAll(given)).plugins
  const sets = yield* setsOf(given, plugins)
  const findings = (yield* Effect.forEach(sets, DatabaseTools.lint)).flat()
  const text = findings.length === 0
    ? "Nothing breaks a release that still runs."
    : findings.flatMap(show.finding).join("\n")
  yield* Console.log(given.json ? show.asJson({ findings }) : text)
  if (findings.length > 0) return yield* new Answered({ exitCode: 1 })
})
