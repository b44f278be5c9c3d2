/** Finds the running app that the flags, the settings and the environment mean. */
import { CommonConfig, SettingsFiles } from "@heptad/common"
import { holderOf } from "@heptad/common/plugin"
import { KernelError, Settings } from "@heptad/kernel"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AppNotRunning, ControlTokenUnreadable } from "../errors.ts"
import type { Given as Settled } from "../settingsFlags.ts"
import * as ControlFile from "./ControlFile.ts"
import type { Given } from "./flags.ts"

export type Role = "read" | "operator"

const section = { name: "common", config: CommonConfig }

/** Faults of whole files and of flags stand under names that are no keys. */
const whole = ["settings", "settings file"]

const concerns = (key: string) => key === section.name || key.startsWith(`${section.name}.`) || whole.includes(key)

const decode = Schema.decodeUnknownEffect(CommonConfig)

/** Only the one section is read: a fault elsewhere must not keep an operator from an app that runs. */
export const dataDirectory = Effect.fnUntraced(
  function*(_given: Settled) {
    const { read } = yield* Settings.SettingsSource
    const tree = yield* read([section])
    const decoded = yield* Effect.exit(decode(tree.value[section.name] ?? {}))
    const { faults } = Settings.decode(section, tree, () => decoded)
    const told = [...tree.faults.filter(({ key }) => concerns(key)), ...faults]
    if (Arr.isReadonlyArrayNonEmpty(told)) return yield* new KernelError({ reasons: told })
    const { data_dir } = yield* Effect.orDie(decoded)
    return (yield* Path.Path).resolve(data_dir)
  },
  (effect, { config, set }) =>
    Effect.provide(effect, SettingsFiles.layer({ files: config, overrides: set, environment: process.env }))
)

const nobody = (file: Option.Option<ControlFile.ControlFile>): string =>
  Option.match(file, {
    onNone: () => "no process holds it",
    onSome: ({ pid }) => `process ${pid}, which left its control.json behind, has ended`
  })

/** The app that runs with this data directory. */
const running = Effect.fnUntraced(function*(directory: string) {
  const refuse = (problem: string) => new AppNotRunning({ directory, problem })
  const holder = yield* holderOf(directory)
  const file = yield* Effect.mapError(ControlFile.read(directory), refuse)
  if (Option.isNone(holder)) return yield* refuse(nobody(file))
  const { here, pid } = holder.value
  if (Option.isSome(file) && (!here || file.value.pid === pid)) return { file: file.value, holder: holder.value }
  return yield* refuse(
    `process ${pid} holds it and has not opened its control API: it is starting, or monitoring.control.enabled is off`
  )
})

const readToken = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fileSystem.readFileString(path),
    ({ reason }) => new ControlTokenUnreadable({ path, problem: reason._tag })
  )
  return Redacted.make(text.trim())
})

/** The address without a slash at its end, where the token of a role stands, and the process where it is known. */
export const find = Effect.fnUntraced(function*({ tokenFile, url, ...given }: Given) {
  const trim = (address: string) => address.replace(/\/$/, "")
  if (Option.isSome(url) && Option.isSome(tokenFile)) {
    return { url: trim(url.value), holder: Option.none(), token: (_: Role) => readToken(tokenFile.value) }
  }
  const directory = yield* dataDirectory(given)
  const token = (role: Role) => readToken(Option.getOrElse(tokenFile, () => `${directory}/secrets/control-${role}`))
  if (Option.isSome(url)) return { url: trim(url.value), holder: Option.none(), token }
  const { file, holder } = yield* running(directory)
  return { url: trim(file.url), holder: Option.some(holder), token }
})
