/** The flags that say which database is meant. */
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as settings from "../settingsFlags.ts"

export interface Given extends settings.Given {
  readonly database: Option.Option<Redacted.Redacted>
  readonly passwordFile: Option.Option<string>
}

export const flags = {
  ...settings.flags,
  database: Flag.Redacted("database").pipe(
    Flag.withDescription(
      "postgresql://user@host:5432/name?sslmode=require in place of database.connections.primary of the settings"
    ),
    Flag.optional
  ),
  passwordFile: Flag.String("password-file").pipe(
    Flag.withDescription("A file with the password; else DB_PASSWORD or DB_PASSWORD_FILE"),
    Flag.optional
  )
}
