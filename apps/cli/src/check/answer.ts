/** What `heptad check` says, for people and for programs. Pure. */
import type { Plan, Reason } from "@heptad/kernel"
import * as advice from "../advice.ts"
import { block, columns, count } from "../columns.ts"
import { inOrder } from "../composition/faults.ts"
import type { Probed } from "./probes.ts"

/** `config/a.yaml:3:5`; what comes from the environment or a flag has no such place. */
const place = /^(?<file>.*):(?<line>\d+):(?<column>\d+)$/

const position = (origin: string) => {
  const { column, file, line } = place.exec(origin)?.groups ?? {}
  return file === undefined ? {} : { file, line: Number(line), column: Number(column) }
}

const fault = (reason: Reason) => ({
  kind: reason._tag,
  ...(reason._tag === "InvalidSetting"
    ? { key: reason.key, origin: reason.origin, ...position(reason.origin), problem: reason.problem }
    : {}),
  message: reason.message
})

const probeRows = (probed: ReadonlyArray<Probed>) =>
  columns(
    probed.map(({ key, kind, outcome, plugin, problem = "", what }) => [outcome, kind, what, plugin, key, problem])
  )

export const clean = ({ advice: told, files, plugins }: Plan.Plan, probed: ReadonlyArray<Probed> = []): string =>
  [
    `No fault in ${count(files.length, "file")} and ${count(plugins.length, "plugin")}.`,
    ...advice.render(told),
    ...block(`probes (${probed.length})`, probeRows(probed))
  ].join("\n")

export const json = (
  { plan, probed, reasons = [] }: {
    readonly reasons?: ReadonlyArray<Reason>
    readonly plan?: Plan.Plan
    readonly probed?: ReadonlyArray<Probed> | undefined
  }
): string =>
  JSON.stringify(
    {
      faults: inOrder(reasons).map(fault),
      advice: plan?.advice ?? [],
      counts: { fault: reasons.length, ...advice.counts(plan?.advice ?? []) },
      ...(probed === undefined ? {} : { probes: probed })
    },
    null,
    2
  )
