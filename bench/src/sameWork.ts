/** Before anything is measured: does this server answer as all the others have to, and does it refuse what is wrong? */
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import { ask, type Asked } from "./ask.ts"
import { AnswersDiffer } from "./errors.ts"
import type { Running } from "./server.ts"
import type { Work } from "./works.ts"

type Answer = Pick<Asked, "body" | "status">

const shown = ({ body, status }: Answer): string => `${status} ${body.slice(0, 200)}`

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Text has to be equal byte by byte, JSON after parsing: the order of keys is nobody's promise. */
export const isExpected = (answer: Answer, expected: Work["expected"]): boolean =>
  answer.status === 200 &&
  (typeof expected === "string" ? answer.body === expected : isDeepStrictEqual(parsed(answer.body), expected))

export const isRefusal = (answer: Answer): boolean => answer.status >= 400 && answer.status < 500

const expectAnswer = (running: Running, work: Work, what: string, body: string, ok: (answer: Answer) => boolean) =>
  ask(running.port, work.method, work.path, body).pipe(
    Effect.filterOrFail(ok, shown),
    Effect.mapError((got) => new AnswersDiffer({ server: running.name, work: work.name, expected: what, got }))
  )

export const checkSameWork = Effect.fnUntraced(function*(running: Running, work: Work) {
  yield* expectAnswer(
    running,
    work,
    "200 and the agreed body",
    work.body,
    (answer) => isExpected(answer, work.expected)
  )
  yield* Effect.forEach(
    work.refused,
    ([what, body]) => expectAnswer(running, work, `400 to 499 for ${what}`, body, isRefusal),
    { discard: true }
  )
})
