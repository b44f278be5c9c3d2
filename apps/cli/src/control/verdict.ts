/** Pure: the state of an app as the one sentence that a tired person reads first. */
import { brief } from "../duration.ts"
import { printable } from "../printable.ts"
import type { Status } from "./answers.ts"

type Plugin = Status["plugins"][number]

const because = ({ problem }: Plugin): string => problem === undefined ? "" : `: ${problem}`

const tries = ({ attempt }: Plugin): string => attempt > 1 ? `, attempt ${attempt}` : ""

const inWork = (plugin: Plugin) => plugin.state === "starting" || plugin.state === "retrying"

const starting = ({ plugins }: Status): string => {
  const busy = plugins.filter(inWork)
  const details = busy.map((plugin) =>
    `${plugin.name} (${brief(plugin.buildMillis)}${tries(plugin)}${because(plugin)})`
  )
  return details.length === 0 ? "Starting." : `Starting: waits for ${details.join(", ")}.`
}

/** What keeps a process from serving as the others do. */
const isAmiss = ({ healthy, state }: NonNullable<Status["processes"]>[number]): boolean =>
  state !== "running" || !healthy

const processesOf = ({ processes = [] }: Status): string => {
  const amiss = processes.filter(isAmiss).map(({ process, state }) =>
    `${process} ${state === "running" ? "does not answer" : state}`
  )
  if (amiss.length > 0) {
    return ` ${processes.length - amiss.length} of ${processes.length} processes: ${amiss.join(", ")}.`
  }
  return processes.length === 0 ? "" : ` ${processes.length} processes.`
}

const running = (status: Status): string => {
  const { plugins } = status
  const absent = plugins.filter(({ state }) => state !== "started")
  if (absent.length === 0) return `Serving.${processesOf(status)}`
  const details = absent.map((plugin) => `${plugin.name}${because(plugin)}`).join("; ")
  return `Serving. ${absent.length} ${absent.length === 1 ? "plugin" : "plugins"} degraded: ${details}`
}

const draining = ({ stopping }: Status): string => {
  const step = stopping.find(({ millis, startedAtMillis }) => startedAtMillis !== undefined && millis === undefined)
  return step === undefined ? "Draining." : `Draining: ${step.step} (of ${brief(step.budgetMillis)}).`
}

const sentences: Readonly<Record<string, (status: Status) => string>> = { starting, running, draining }

/** `Serving.`, `Starting: waits for database (12 s, attempt 3: ...).`, `Draining: requests (of 20 s).` */
export const verdict = (status: Status): string =>
  printable(sentences[status.phase]?.(status) ?? `${status.phase.charAt(0).toUpperCase()}${status.phase.slice(1)}.`)
