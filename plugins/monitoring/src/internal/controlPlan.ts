/** The limits of the control API, and what its door answers to those who may not come in. */
import type { ControlPlan, Role } from "./ops.ts"
import * as Problem from "./problem.ts"

/** Requests under way at once; the next one is turned away. */
const places = 16

const seconds = (count: number) => ({ "retry-after": String(count) })

const refusals: ControlPlan["refusals"] = {
  remote: Problem.make(
    "forbidden",
    "Only peers on a loopback address are served. Call from the same machine, or set monitoring.control.allow_remote."
  ),
  origin: Problem.make("forbidden", "Requests from pages in a browser are not served. Use the heptad command."),
  host: Problem.make(
    "forbidden",
    "The Host header names neither a loopback address nor the one that this port is bound to. Call it by its address."
  ),
  token: Problem.make(
    "unauthorized",
    "Send the header \"Authorization: Bearer <token>\" with the token in secrets/control-read or secrets/control-operator " +
      "of the data directory.",
    { "www-authenticate": "Bearer realm=\"heptad control\"" }
  ),
  method: Problem.make("method_not_allowed", "Only GET, HEAD and POST.", { allow: "GET, HEAD, POST" }),
  busy: Problem.make("busy", `${places} requests are under way already. Try again in a second.`, seconds(1)),
  query: Problem.make(
    "invalid_input",
    "GET takes at most ?input=<JSON, URL-encoded>, POST at most ?dry_run=true or ?dry_run=false."
  ),
  mediaType: Problem.make("unsupported_media_type", "The body must be JSON: send \"Content-Type: application/json\"."),
  tooLarge: Problem.make("too_large", "The body is longer than 64 KiB."),
  slow: Problem.make("too_slow", "The body did not arrive within 5 s.", { connection: "close" }),
  json: Problem.make("invalid_input", "The input is not JSON in UTF-8, or is nested deeper than 32 levels."),
  silent: Problem.make(
    "not_answering",
    "The main thread does not answer: something blocks its event loop. Nothing was done. Try again.",
    seconds(1)
  ),
  late: Problem.make(
    "not_answering",
    "The main thread took the request and does not answer any more. What was to be done may be done: see the audit log.",
    seconds(1)
  )
}

/** Statuses fit into a byte above 400. */
const counted = 256

export const make = (hashes: Readonly<Record<Role, Uint8Array>>, options: {
  readonly listener: number
  readonly allowRemote: boolean
  readonly takeMillis: number
}): ControlPlan => ({
  ...options,
  hashes,
  prefix: "/control/",
  maxBodyBytes: 65_536,
  maxDepth: 32,
  bodyMillis: 5000,
  // An operation has 30 s, and each line of the audit log 5 s.
  answerMillis: 45_000,
  refusals,
  slots: new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT),
  states: { offered: 1, taken: 2, withdrawn: 3 },
  refused: new SharedArrayBuffer(counted * Uint32Array.BYTES_PER_ELEMENT)
})

/** Whether the request is ours now. False when its sender gave up before: it must not be carried out. */
export const take = ({ slots, states }: ControlPlan, slot: number): boolean =>
  Atomics.compareExchange(new Int32Array(slots), slot, states.offered, states.taken) === states.offered

/** How many were refused with this status without a look at the operation. */
export const refusedWith = ({ refused }: ControlPlan, status: number): number =>
  Atomics.load(new Uint32Array(refused), status - 400)

/** Counts one more of them. */
export const countRefused = ({ refused }: ControlPlan, status: number): void =>
  void Atomics.add(new Uint32Array(refused), status - 400, 1)
