/** Settings of a composition with their origins; never the value of a secret. */
import { type Settings, showSetting } from "@heptad/kernel"
import * as CliError from "effect/cli/CliError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { columns } from "../columns.ts"
import { checked } from "../composition/checked.ts"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "../settingsFlags.ts"
import * as keys from "./keys.ts"

interface Input extends Given {
  readonly section: Option.Option<string>
  readonly defaults: boolean
  readonly written: boolean
  readonly json: boolean
}

const both = new CliError.ShowHelp({
  commandPath: ["heptad", "config", "show"],
  errors: [new CliError.ValidationError({ message: "--defaults and --written leave nothing: give one of them" })]
})

const row = (leaf: Settings.Leaf) => [leaf.key, showSetting(leaf), leaf.origin ?? "default"]

const data = (leaf: Settings.Leaf) => ({
  ...leaf,
  value: leaf.secret ? showSetting(leaf) : leaf.value ?? null,
  origin: leaf.origin ?? null
})

export const run = Effect.fnUntraced(function*({ defaults, json, section, written, ...given }: Input) {
  if (defaults && written) return yield* both
  const { tree } = yield* checked(yield* composeAll(given))
  const found = yield* keys.below(tree.settings, Option.getOrElse(section, () => ""))
  const wanted = found.filter(({ origin }) => !(defaults && origin !== undefined) && !(written && origin === undefined))
  yield* Console.log(json ? JSON.stringify(wanted.map(data), null, 2) : columns(wanted.map(row)).join("\n"))
})
