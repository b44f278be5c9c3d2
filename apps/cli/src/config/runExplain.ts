/** A setting as its Schema documents it, with the value that it has now. */
import { Setting, SettingsReference, SettingTypes } from "@heptad/common"
import { type Settings, showSetting } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { columns } from "../columns.ts"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "../settingsFlags.ts"
import * as keys from "./keys.ts"

interface Input extends Given {
  readonly key: string
  readonly json: boolean
}

const bytesOf = Schema.decodeUnknownOption(SettingTypes.Bytes)

/** `4KB` is 4096 bytes here and 4000 elsewhere: the number leaves no doubt. */
const inBytes = (value: unknown): string =>
  Option.match(bytesOf(value), { onNone: () => "", onSome: (bytes) => ` = ${bytes} bytes` })

const spelled = (unit: string | undefined, setting: Pick<Settings.Leaf, "secret" | "value">): string =>
  `${showSetting(setting)}${unit === "bytes" && !setting.secret ? inBytes(setting.value) : ""}`

/** Settings inside the items of lists and maps have no one value. */
const explained = (setting: Setting.Description, leaf: Settings.Leaf | undefined) => {
  const { default: fallback, description, names, path, reloadable = false, secret = false, unit } = setting
  const notApplied = Setting.whyNot(setting, process.platform)
  return {
    key: path.join("."),
    description,
    ...(leaf === undefined
      ? {}
      : { value: spelled(unit, { secret, value: leaf.value }), origin: leaf.origin ?? "default" }),
    default: fallback === undefined ? "none" : spelled(unit, { secret, value: fallback }),
    type: Setting.typeOf(setting),
    ...(unit === undefined ? {} : { unit }),
    environment: names,
    reloadable,
    secret,
    ...(notApplied === undefined ? {} : { notApplied })
  }
}

type Explained = ReturnType<typeof explained>

const valueLine = ({ origin, value }: Explained): string =>
  value === "not set" && origin === "default" ? "not set" : `${value} (${origin})`

const lines = (setting: Explained): ReadonlyArray<string> => [
  setting.key,
  `  ${setting.description}`,
  ...columns([
    ...(setting.origin === undefined ? [] : [["value", valueLine(setting)]]),
    ["default", setting.default],
    ["type", setting.type],
    ...(setting.unit === undefined ? [] : [["unit", setting.unit]]),
    ...(setting.environment.length === 0 ? [] : [["environment", setting.environment.join(", ")]]),
    ["reloadable", setting.reloadable ? "yes" : `no: a change needs a restart of ${setting.key.split(".", 1)[0]}`],
    ["applied", setting.notApplied === undefined ? "yes" : `no: ${setting.notApplied}`]
  ]).map((line) => `    ${line}`)
]

export const run = Effect.fnUntraced(function*({ json, key, ...given }: Input) {
  const { plugins, source } = yield* composeAll(given)
  // Whether or not what is written is right: this is where one looks up what would be.
  const { settings } = yield* source.read(plugins)
  const leaves = new Map(settings.map((leaf) => [leaf.key, leaf]))
  const all = SettingsReference.all(plugins).map((setting) => explained(setting, leaves.get(setting.path.join("."))))
  const found = yield* keys.below(all, key)
  yield* Console.log(json ? JSON.stringify(found, null, 2) : found.map((each) => lines(each).join("\n")).join("\n\n"))
})
