/** The flags that say which running app is meant. */
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as settings from "../settingsFlags.ts"

export interface Given extends settings.Given {
  readonly url: Option.Option<string>
  readonly tokenFile: Option.Option<string>
}

const Url = Schema.String.check(
  Schema.isPattern(/^https?:\/\/[^/?#@\s]+\/?$/, { message: "Expected an address such as http://127.0.0.1:9090" })
)

export const flags = {
  ...settings.flags,
  url: Flag.String("url").pipe(
    Flag.withDescription("Address of the app's health port; default: what control.json in its data directory says"),
    Flag.withSchema(Url),
    Flag.optional
  ),
  tokenFile: Flag.String("token-file").pipe(
    Flag.withDescription("A file with the token to use; default: secrets/control-* in the data directory"),
    Flag.optional
  )
}
