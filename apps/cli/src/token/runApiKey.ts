/** Makes an API key. Nothing of it is kept; the app gets to know its hash by the settings. */
import { ApiKey } from "@heptad/network"
import { newApiKey } from "@heptad/network/plugin"
import type * as CliError from "effect/cli/CliError"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { usage } from "../verb.ts"

interface Wanted {
  readonly id: string
  readonly subject: string
  readonly roles: ReadonlyArray<string>
  readonly expires: Option.Option<Date>
  readonly json: boolean
}

const decode = Schema.decodeUnknownEffect(ApiKey)

/** The entry as it is written, after the app's own Schema has looked at it. */
const entryOf = Effect.fnUntraced(function*({ expires, id, roles, subject }: Wanted, hash: string) {
  const entry = {
    id,
    hash,
    subject,
    ...(roles.length === 0 ? {} : { roles }),
    ...(Option.isNone(expires) ? {} : { expires_at: DateTime.formatIso(DateTime.makeUnsafe(expires.value)) })
  }
  yield* Effect.mapError(decode(entry), ({ message }) => usage("token api-key", message))
  return entry
})

const text = (key: string, entry: object): string =>
  [
    key,
    "",
    "This key is shown once and kept nowhere. Give it to whoever asks, who sends it in the header X-API-Key " +
    "(network.auth.api_keys.header).",
    "The app accepts it with this entry in network.auth.api_keys.keys, or in the file of network.auth.api_keys.file:",
    "",
    `- ${JSON.stringify(entry)}`
  ].join("\n")

export const run = Effect.fnUntraced(function*(wanted: Wanted): Effect.fn.Return<void, CliError.CliError> {
  const made = yield* newApiKey
  const entry = yield* entryOf(wanted, made.hash)
  const key = Redacted.value(made.key)
  yield* Console.log(wanted.json ? JSON.stringify({ key, entry }) : text(key, entry))
})
