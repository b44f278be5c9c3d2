/** The two works of the HTTP benchmark: what is sent, and what the answer has to be. */
import { writeRequest } from "./http1.ts"
import { invalid, sample } from "./order.ts"

export interface Work {
  readonly name: string
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body: string
  /** The body that every side has to answer with, as it is or as JSON. */
  readonly expected: string | typeof sample
  readonly refused: ReadonlyArray<readonly [what: string, body: string]>
}

export const hello: Work = { name: "hello", method: "GET", path: "/", body: "", expected: "hello", refused: [] }

export const echo: Work = {
  name: "echo 1 KiB",
  method: "POST",
  path: "/echo",
  body: JSON.stringify(sample),
  expected: sample,
  refused: invalid
}

export const requestOf = (work: Work): string =>
  writeRequest(work.method, work.path, work.body === "" ? undefined : work.body)
