/** What a drain test found: the JSON of `--json`, the table for people, and the verdict. Pure. */
import type { Outcome } from "./messages.ts"
import type { Steps } from "./phases.ts"

/** One instance going round: all times in milliseconds from the signal, where nothing else is said. */
export interface Round extends Record<`${keyof Steps}_ms`, number | null> {
  readonly instance: string
  /** From the start of the load. */
  readonly signal_at_ms: number
  /** Until the balancer saw that it is not ready and sent it nothing more. */
  readonly out_of_rotation_ms: number | null
  readonly exit_ms: number
  readonly exit_code: number | string
  /** Until its successor was ready and in rotation. */
  readonly back_in_rotation_ms: number | null
  /** Orders among the newest hundred that waited for their invoice when the signal came; null where nobody asked. */
  readonly jobs_waiting: number | null
  readonly cut: ReadonlyArray<string>
}

export interface Report {
  readonly sent: number
  /** Requests without a right answer, and accepted orders that are not there or never became fulfilled. */
  readonly failed: number
  /** Requests, hooks and plugins that the instances cut because a budget was used up. */
  readonly cut: number
  readonly phases: ReadonlyArray<Round>
  /** Failed requests by kind. */
  readonly kinds: Readonly<Record<string, number>>
  readonly examples: ReadonlyArray<string>
  readonly connections: Outcome["connections"]
  readonly latency: Outcome["latency"]
  readonly orders: { readonly accepted: number; readonly fulfilled: number }
  /** Whatever else is wrong. */
  readonly problems: ReadonlyArray<string>
}

export const passed = ({ cut, failed, problems }: Report): boolean => failed === 0 && cut === 0 && problems.length === 0

const number = (value: number): string => value.toLocaleString("en-US")

const seconds = (millis: number | null): string => millis === null ? "?" : `${(millis / 1000).toFixed(2)} s`

const steps = ["lame_duck", "accept", "requests", "jobs", "close"] as const

const roundText = (round: Round): string => {
  const told = steps.map((step) => `${step} ${seconds(round[`${step}_ms`])}`).join(", ")
  return `Drain of ${round.instance} took ${seconds(round.exit_ms)}: ${told}.`
}

/** One sentence for the requests, one for each drain. */
export const verdict = (report: Report): string => {
  const { cut, failed, phases, problems, sent } = report
  const requests = `${number(failed)} of ${number(sent)} requests failed, ${number(cut)} were cut.`
  return [requests, ...problems.map((problem) => `${problem}.`), ...phases.map(roundText)].join(" ")
}

const row = ([name, ...cells]: ReadonlyArray<string>): string =>
  `${(name ?? "").padEnd(26)}${cells.map((cell) => cell.padStart(10)).join("")}`

const rows = (phases: ReadonlyArray<Round>): ReadonlyArray<string> => {
  const of = (name: string, cell: (round: Round) => string) => row([name, ...phases.map(cell)])
  return [
    of("instance", ({ instance }) => instance),
    of("SIGTERM at", ({ signal_at_ms }) => seconds(signal_at_ms)),
    of("out of rotation after", ({ out_of_rotation_ms }) => seconds(out_of_rotation_ms)),
    ...steps.map((step) => of(`  ${step}`, (round) => seconds(round[`${step}_ms`]))),
    of("exit after", ({ exit_ms }) => seconds(exit_ms)),
    of("exit code", ({ exit_code }) => String(exit_code)),
    of("back in rotation after", ({ back_in_rotation_ms }) => seconds(back_in_rotation_ms)),
    ...(phases.some(({ jobs_waiting }) => jobs_waiting !== null)
      ? [of("jobs waiting (of 100)", ({ jobs_waiting }) => String(jobs_waiting ?? "?"))]
      : [])
  ]
}

const figures = ({ connections, latency, orders, sent }: Report): ReadonlyArray<string> => [
  `sent          ${number(sent)} (${number(connections.kept)} over kept connections, ${
    number(connections.fresh)
  } over new ones)`,
  `answered in   p50 ${latency.p50_ms} ms, p99 ${latency.p99_ms} ms, max ${latency.max_ms} ms; ${latency.late} after more than 1 s`,
  ...(latency.behind_ms > 1000
    ? [`slow machine  the load was up to ${seconds(latency.behind_ms)} behind its own clock`]
    : []),
  ...(orders.accepted === 0
    ? []
    : [`orders        ${number(orders.accepted)} accepted, ${number(orders.fulfilled)} fulfilled`])
]

const failures = ({ examples, kinds }: Report): ReadonlyArray<string> => [
  ...Object.entries(kinds).map(([kind, count]) => `failed        ${number(count)} × ${kind}`),
  ...examples.map((example) => `  ${example}`)
]

/** For people. */
export const text = (report: Report): string =>
  [...rows(report.phases), "", ...figures(report), ...failures(report), "", verdict(report)].join("\n")
