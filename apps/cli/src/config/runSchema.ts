/** The JSON Schema of the settings of a composition, made from the Schemas that decode them. */
import { SettingsReference } from "@heptad/common"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "../settingsFlags.ts"

export const run = Effect.fnUntraced(function*(given: Given) {
  const { plugins } = yield* composeAll(given)
  yield* Console.log(JSON.stringify(SettingsReference.jsonSchema(plugins), null, 2))
})
