/** Asks for pages of log records, and goes on asking where that is wanted. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Logs, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { line } from "./record.ts"

interface Given extends ControlGiven {
  readonly json: boolean
  readonly follow: boolean
  readonly level: Option.Option<string>
  readonly plugin: Option.Option<string>
  readonly trace: Option.Option<string>
  readonly limit: Option.Option<number>
}

const pause = "500 millis"

const some = <A>(name: string, value: Option.Option<A>) => Option.isSome(value) ? { [name]: value.value } : {}

/** A person at a terminal that shows colours. */
const colour = (): boolean => process.stdout.isTTY && !process.env["NO_COLOR"]

const asking = Effect.fnUntraced(function*({ json, level, limit, plugin, trace }: Given) {
  const control = yield* Control
  const filter = {
    ...some("level", level),
    ...some("plugin", plugin),
    ...some("trace", trace),
    ...some("limit", limit)
  }
  const show = json ? JSON.stringify : (record: Parameters<typeof line>[0]) => line(record, colour())
  return Effect.fnUntraced(function*(after: number | undefined) {
    const answer = yield* control.read("logs", { ...filter, ...(after === undefined ? {} : { after }) })
    const page = yield* understand("logs", Logs)(answer)
    if (page.missed > 0) yield* Console.error(`${page.missed} records were not kept long enough to be shown.`)
    yield* Effect.forEach(page.records, (record) => Console.log(show(record)), { discard: true })
    return page
  })
})

/** Until the app answers no more, which is how its stop looks from here. */
const follow = (ask: Effect.Success<ReturnType<typeof asking>>, from: number) =>
  Effect.gen(function*() {
    let after = from
    for (;;) {
      const page = yield* ask(after)
      after = page.next
      if (page.records.length === 0) yield* Effect.sleep(pause)
    }
  }).pipe(
    Effect.catchTag("ControlUnreachable", ({ url }) => Console.error(`${url} answers no more: the app has ended.`))
  )

export const run = Effect.fnUntraced(
  function*(given: Given) {
    const ask = yield* asking(given)
    const { next, records } = yield* ask(undefined)
    if (given.follow) return yield* follow(ask, next)
    if (records.length === 0) yield* Console.error("No such record is kept.")
    yield* Console.error("Below warn, records are kept only while somebody asks: heptad logs -f shows all from now on.")
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
