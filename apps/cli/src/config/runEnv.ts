/** The environment variables of a composition; only whether they are set, never what they hold. */
import { type Setting, SettingsReference } from "@heptad/common"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { columns } from "../columns.ts"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "../settingsFlags.ts"

const isSet = (name: string): boolean => (process.env[name] ?? "") !== ""

/** By its value or by the file that `<name>_FILE` names. */
const setBy = (name: string): string | undefined => [name, `${name}_FILE`].find(isSet)

const variables = ({ names, path }: Setting.Description) =>
  names.map((name, index) => {
    const by = setBy(name)
    return { name, key: path.join("."), kind: index === 0 ? "canonical" : "alias", set: by !== undefined, by }
  })

export const run = Effect.fnUntraced(function*({ json, ...given }: Given & { readonly json: boolean }) {
  const { plugins } = yield* composeAll(given)
  const all = SettingsReference.all(plugins).flatMap(variables)
  const rows = all.map(({ by, key, kind, name }) => [name, key, kind, by === undefined ? "" : `set by ${by}`])
  yield* Console.log(json ? JSON.stringify(all, null, 2) : columns(rows).join("\n"))
})
