/** Which database serves the app. */
import { Database } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const part = Effect.map(Effect.serviceOption(Database), (found) => ({
  title: Option.match(found, {
    onNone: () => [],
    onSome: ({ info }) => [`PostgreSQL ${info.serverVersion} (${info.kind})`]
  })
}))
