/**
 * Which settings a process of several has otherwise than they are written: what limits the app is shared out, what must exist
 * once is with the first process, and files get the number of the process into their names. Pure.
 */
import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"

/** How the processes reach the database that the first one runs. */
export interface SharedDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface Share {
  readonly process: number
  readonly processes: number
  /** Threads that `thread.pool_size: auto` means for the whole app. */
  readonly threads: number
  readonly database?: SharedDatabase
  /** The port that is really bound, where the settings say 0. */
  readonly port?: number
}

type Path = readonly [string, ...ReadonlyArray<string>]
type Change = readonly [key: string, value: unknown]

const put = (tree: unknown, [step, ...rest]: Path, value: unknown): Readonly<Record<string, unknown>> => {
  const group = Predicate.isReadonlyObject(tree) ? tree : {}
  const [next, ...others] = rest
  return { ...group, [step]: next === undefined ? value : put(Reflect.get(group, step), [next, ...others], value) }
}

/** One setting by its dotted path. */
export const change = (value: Settings.SettingsTree["value"], [key, next]: Change): Settings.SettingsTree["value"] => {
  const [first = "", ...rest] = key.split(".")
  return put(value, [first, ...rest], next)
}

/** `logs/app.log` becomes `logs/app.1.log`. */
const numbered = (path: string, process: number): string => path.replace(/(\.[^./\\]+)?$/, `.${process}$1`)

/** As it is written, or its default. */
export const inForce = ({ settings }: Settings.SettingsTree, key: string): unknown =>
  settings.find((leaf) => leaf.key === key)?.value

const shareOf = (tree: Settings.SettingsTree, key: string, processes: number): Change => [
  key,
  Math.ceil(Number(inForce(tree, key)) / processes)
]

const poolSize = (tree: Settings.SettingsTree, { processes, threads }: Share): Change => {
  const wanted = inForce(tree, "thread.pool_size")
  return ["thread.pool_size", Math.max(1, Math.floor((wanted === "auto" ? threads : Number(wanted)) / processes))]
}

const sinks = ({ value }: Settings.SettingsTree, process: number): ReadonlyArray<Change> => {
  const written = Settings.valueAt(value, ["logger", "sinks"])
  if (!Array.isArray(written)) return []
  const changed = written.map((sink: unknown) => {
    const path = Settings.valueAt(sink, ["path"])
    return Predicate.isString(path) ? put(sink, ["path"], numbered(path, process)) : sink
  })
  return [["logger.sinks", changed]]
}

const files = (tree: Settings.SettingsTree, process: number): ReadonlyArray<Change> =>
  ["logger.file_path", "common.error_handling.error_registry.path"].flatMap((key) => {
    const path = inForce(tree, key)
    return Predicate.isString(path) ? [[key, numbered(path, process)] as const] : []
  })

const databaseOf = ({ database }: Share): ReadonlyArray<Change> => {
  const at = "database.connections.primary"
  return database === undefined
    ? []
    : [...Object.entries(database), ["ssl_mode", "disable"] as const].map(([name, value]) => [`${at}.${name}`, value])
}

const closed: ReadonlyArray<Change> = ["health", "prometheus", "control"].map((port) => [
  `monitoring.${port}.enabled`,
  false
])

/** The settings of one process. `sections`: the plugins that run in it. */
export const share = (
  tree: Settings.SettingsTree,
  given: Share,
  sections: ReadonlyArray<string>
): Settings.SettingsTree => {
  const { port, process, processes } = given
  const changes: ReadonlyArray<Change> = [
    ...closed,
    ...files(tree, process),
    ...sinks(tree, process),
    ["logger.fields.process", String(process)],
    shareOf(tree, "network.tcp.max_connections", processes),
    shareOf(tree, "network.framed.max_connections", processes),
    shareOf(tree, "network.websocket.max_connections", processes),
    ...(port === undefined ? [] : [["network.tcp.port", port] as const]),
    shareOf(tree, "database.connection_pool.max_size", processes),
    shareOf(tree, "database.connection_pool.min_size", processes),
    ...databaseOf(given),
    poolSize(tree, given)
  ]
  const own = changes.filter(([key]) => sections.includes(key.split(".", 1)[0] ?? ""))
  return {
    ...tree,
    value: own.reduce(change, tree.value),
    // Told once, by the first process.
    advice: [],
    // The first process has waited for the balancers when it tells the others to stop.
    timing: { ...tree.timing, lameDuck: Duration.zero }
  }
}
