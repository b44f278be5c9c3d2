/**
 * Settings that contradict each other across sections, told with who wins. What one section alone can tell is the business of
 * its plugin. Pure: sees the settings as they were written, before they are decoded.
 */
import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Advice from "../Advice.ts"
import type * as Setting from "../Setting.ts"
import * as SettingTypes from "../SettingTypes.ts"

type Value = Settings.SettingsTree["value"]

const shown = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value)

/** A setting that would inherit was written beside the one that it inherits from. */
const notInherited = (value: Value, settings: ReadonlyArray<Setting.Description>): ReadonlyArray<Settings.Advice> =>
  settings.flatMap(({ inherits, path }) => {
    const [own, inherited] = [Settings.valueAt(value, path), Settings.valueAt(value, inherits?.split(".") ?? [])]
    const key = path.join(".")
    return inherits === undefined || own === undefined || inherited === undefined || own === inherited
      ? []
      : [Advice.contradiction(
        [key, inherits],
        `${inherits} is ${shown(inherited)}, but ${key} wins: ${shown(own)}`
      )]
  })

const duration = Schema.decodeUnknownOption(SettingTypes.Duration)

/** The guide's rule of thumb puts the connect timeout last; its own numbers, and the meaning of the setting, do not. */
const independentTimes = (value: Value): ReadonlyArray<Settings.Advice> => {
  const [connect, transaction] = [
    "database.connection_pool.connection_timeout",
    "database.execution.transaction_timeout"
  ]
  const [shorter, longer] = [
    Settings.valueAt(value, connect.split(".")),
    Settings.valueAt(value, transaction.split("."))
  ]
  const [a, b] = [duration(shorter), duration(longer)]
  return Option.isSome(a) && Option.isSome(b) && Duration.isLessThan(a.value, b.value)
    ? [Advice.hint(
      [connect, transaction],
      `${connect} (${shown(shorter)}) is shorter than ${transaction} (${shown(longer)}): both hold, ` +
        `because it limits connecting and waiting for a session and not what runs in it`
    )]
    : []
}

const bytes = Schema.decodeUnknownOption(SettingTypes.Bytes)
const cores = Schema.decodeUnknownOption(SettingTypes.Cores)
const threads = Schema.decodeUnknownOption(SettingTypes.int(1))
const cpuList = Schema.decodeUnknownOption(SettingTypes.CpuList)

const Rules = Schema.Array(Schema.Struct({ expr: Schema.String }))
const rules = Schema.decodeUnknownOption(Rules)

/** The guide's own form of a memory alert, with its unit. */
const memoryRule =
  /^\s*(?:memory_usage_bytes|process_resident_memory_bytes)\s*>=?\s*(\d+(?:\.\d+)?(?:[KMGT]i?B|B)?)\s*$/

const beyondMemory = (value: Value): ReadonlyArray<Settings.Advice> => {
  const key = "deployment.resources.memory"
  const memory = Option.getOrElse(bytes(Settings.valueAt(value, key.split("."))), () => Infinity)
  const all = Option.getOrElse(rules(Settings.valueAt(value, ["monitoring", "alerts", "rules"])), () => [])
  return all.flatMap(({ expr }, index) => {
    const threshold = memoryRule.exec(expr)?.[1]
    return Option.exists(bytes(threshold), (limit) => limit >= memory)
      ? [Advice.contradiction(
        [`monitoring.alerts.rules.${index}.expr`, key],
        `monitoring.alerts.rules.${index}.expr waits for ${threshold}, but ${key} wins: an instance with ` +
          `${shown(Settings.valueAt(value, key.split(".")))} is ended before. Alert well below it.`
      )]
      : []
  })
}

/** More threads or pinned CPUs than an instance is given. */
const beyondCores = (value: Value): ReadonlyArray<Settings.Advice> => {
  const key = "deployment.resources.cpu"
  const given = Option.getOrElse(cores(Settings.valueAt(value, key.split("."))), () => Infinity)
  const pinned = Option.map(
    cpuList(Settings.valueAt(value, ["thread", "cpu_affinity", "cores"])),
    (list) => new Set(list.flat())
  )
  const wanted = [
    { setting: "thread.pool_size", wants: threads(Settings.valueAt(value, ["thread", "pool_size"])), what: "threads" },
    { setting: "thread.cpu_affinity.cores", wants: Option.map(pinned, ({ size }) => size), what: "CPUs" }
  ]
  return wanted.flatMap(({ setting, wants, what }) =>
    Option.isSome(wants) && wants.value > given
      ? [Advice.contradiction(
        [setting, key],
        `${setting} asks for ${wants.value} ${what}, but ${key} wins: an instance runs on ${given}. Ask for that many.`
      )]
      : []
  )
}

export const lints = (value: Value, settings: ReadonlyArray<Setting.Description>): ReadonlyArray<Settings.Advice> => [
  ...notInherited(value, settings),
  ...independentTimes(value),
  ...beyondMemory(value),
  ...beyondCores(value)
]
