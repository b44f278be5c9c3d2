/** The processes of an app of several, as a person reads them. Pure. */
import type { Process } from "../control/answers.ts"
import { brief } from "../duration.ts"
import { table } from "../table.ts"

const trouble = ({ away, failing, healthy }: Process): string =>
  [
    ...(healthy ? [] : ["its event loop does not answer"]),
    ...(away.length === 0 ? [] : [`without ${away.join(", ")}`]),
    ...(failing.length === 0 ? [] : [`fails: ${failing.join(", ")}`])
  ].join("; ")

const head = ["process", "pid", "state", "up", "restarts", "connections", "problem"]

export const processTable = (processes: ReadonlyArray<Process>): ReadonlyArray<string> =>
  table(
    head,
    processes.map((one) => [
      one.process,
      one.pid,
      one.state,
      brief(one.up_ms),
      one.restarts,
      one.connections,
      trouble(one)
    ])
  )
