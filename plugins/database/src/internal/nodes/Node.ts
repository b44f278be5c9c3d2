/** One configured server: what is known of it, and its sessions, which are opened when it is first needed. */
import type { Target } from "../PgSession.ts"
import type { SessionPool } from "../SessionPool.ts"
import { nameOf } from "./endpoint.ts"
import type { Report } from "./report.ts"
import { never } from "./written.ts"

export interface Node {
  readonly name: string
  readonly target: Target
  /** Statements of this process that it works on. */
  busy: number
  pool: SessionPool | undefined
  /** The last answer, also when it does not answer any more. */
  report: Report | undefined
  /** When that answer was asked for. Times are milliseconds of the monotonic clock. */
  askedAt: number
  /** Why it does not answer; undefined while it does. */
  problem: string | undefined
  /** It has everything that the primary had at this time. */
  caughtUpAt: number
  /** How long it was behind when it was last asked. */
  lagMillis: number
}

export const make = (target: Target): Node => ({
  name: nameOf(target),
  target,
  busy: 0,
  pool: undefined,
  report: undefined,
  askedAt: never,
  problem: "it was not asked yet",
  caughtUpAt: never,
  lagMillis: Number.POSITIVE_INFINITY
})

export const isReplica = ({ problem, report }: Node): boolean => problem === undefined && report?.role === "replica"

/** One that says it takes writes. */
const isCandidate = ({ problem, report }: Node): boolean =>
  problem === undefined && report?.role === "primary" && !report.readOnly

export interface Verdict {
  /** Of several that say they are it, the one that was promoted last; where that does not tell, the one we know. */
  readonly primary: Node | undefined
  /** The others, and those that a promotion had left behind. Nothing is sent to them. */
  readonly rivals: ReadonlyArray<Node>
}

const timelineOf = ({ report }: Node): number => report?.timeline ?? 0

/** `newest`: the highest timeline that was ever seen; a primary before it lost its place, even where it is the only one. */
export const judge = (nodes: ReadonlyArray<Node>, known: Node | undefined, newest: number): Verdict => {
  const candidates = nodes.filter(isCandidate).toSorted((a, b) =>
    timelineOf(b) - timelineOf(a) || Number(b === known) - Number(a === known)
  )
  const primary = candidates.find((node) => timelineOf(node) >= newest)
  return { primary, rivals: candidates.filter((node) => node !== primary) }
}

const lag = (millis: number): string =>
  Number.isFinite(millis) ? `it is ${Math.round(millis)} ms behind` : "it never had all that the primary has"

/** What is wrong with a server that should be a replica, as half a sentence. */
export const complaintOf = ({ lagMillis, problem, report }: Node, maxLagMillis: number): string | undefined => {
  if (problem !== undefined) return problem
  if (report?.role === "primary") return "it says that it is a primary too"
  return lagMillis > maxLagMillis ? lag(lagMillis) : undefined
}

const said = ({ problem, report }: Node): string => {
  if (problem !== undefined) return problem
  if (report?.role === "replica") return "a replica"
  return report?.readOnly === true ? "read-only" : `a primary that was replaced (timeline ${report?.timeline})`
}

/** Each server with what it said, for a failure that nobody takes writes. */
export const describe = (nodes: ReadonlyArray<Node>): string =>
  nodes.map((node) => `${node.name}: ${said(node)}`).join(", ")
