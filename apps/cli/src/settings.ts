/** Single sections of the settings, for commands that run beside the app. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { checked } from "./composition/checked.ts"
import { composeAll } from "./composition/compose.ts"
import type { Given } from "./settingsFlags.ts"

/** Faults of all sections are told, as at a start. */
export const sections = Effect.fnUntraced(
  function*<const S extends Schema.Struct.Fields>(given: Given, wanted: S) {
    const { tree } = yield* checked(yield* composeAll(given))
    return yield* Effect.orDie(Schema.decodeUnknownEffect(Schema.Struct(wanted))(tree.value))
  }
)
