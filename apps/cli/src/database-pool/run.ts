/** Asks for the database sessions: a line for each server, and one for each of those who hold a session. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { tableOf, type Told, understandAll } from "../control/byProcess.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { brief } from "../duration.ts"

interface Given extends ControlGiven {
  readonly json: boolean
}

const { Array, Finite, Int, NullOr, Record, String, Struct } = Schema

const Holder = Struct({
  span: NullOr(String),
  plugin: NullOr(String),
  fiber: Int,
  trace_id: NullOr(String),
  held_seconds: Finite
})

const Pools = Record(
  String,
  Struct({
    size: Int,
    open: Int,
    active: Int,
    idle: Int,
    waiting: Struct({ high: Int, normal: Int, low: Int }),
    leaks: Int,
    holders: Array(Holder)
  })
)
type Pools = typeof Pools.Type

const operation = "database-pool"

const poolsOf = (pools: Pools) =>
  Object.entries(pools).map(([server, { active, idle, leaks, open, size, waiting: { high, low, normal } }]) => [
    server,
    size,
    open,
    active,
    idle,
    high + normal + low,
    leaks
  ])

const holdersOf = (pools: Pools) =>
  Object.entries(pools).flatMap(([server, { holders }]) =>
    holders.map(({ fiber, held_seconds, plugin, span, trace_id }) => [
      server,
      brief(held_seconds * 1000),
      span ?? "",
      plugin ?? "",
      fiber,
      trace_id ?? ""
    ])
  )

const held = (told: ReadonlyArray<Told<Pools>>): boolean =>
  told.some(({ answer }) => Object.values(answer).some(({ holders }) => holders.length > 0))

const lines = (told: ReadonlyArray<Told<Pools>>): ReadonlyArray<string> => [
  ...tableOf(["server", "most", "open", "active", "idle", "waiting", "leaks"], told, poolsOf),
  ...(held(told) ? ["", ...tableOf(["server", "held for", "span", "plugin", "fiber", "trace"], told, holdersOf)] : [])
]

export const run = Effect.fnUntraced(
  function*({ json }: Given) {
    const answer = yield* (yield* Control).read(operation)
    const told = yield* understandAll(operation, Pools)(answer)
    yield* Console.log(json ? JSON.stringify(answer, null, 2) : lines(told).join("\n"))
    if (!json && !held(told)) yield* Console.error("Nobody holds a session at this moment.")
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
