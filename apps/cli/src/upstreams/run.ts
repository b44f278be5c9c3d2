/** Asks for the upstreams and shows a line for each endpoint. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { tableOf, understandAll } from "../control/byProcess.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { brief } from "../duration.ts"

interface Given extends ControlGiven {
  readonly json: boolean
}

const { Array, Finite, Int, optionalKey, Record, String, Struct } = Schema

const Upstream = Struct({
  circuit: String,
  probes_in_seconds: optionalKey(Finite),
  in_flight: Int,
  waiting: Int,
  endpoints: Array(Struct({ url: String, state: String, in_flight: Int, returns_in_seconds: optionalKey(Finite) }))
})

const Upstreams = Record(String, Upstream)

const within = (what: string, seconds: number | undefined): string =>
  seconds === undefined ? "" : `, ${what} in ${brief(Math.max(0, seconds * 1000))}`

const head = ["upstream", "circuit", "active", "waiting", "endpoint", "state", "active"]

const rowsOf = (all: typeof Upstreams.Type) =>
  Object.entries(all).flatMap(([name, { circuit, endpoints, in_flight, probes_in_seconds, waiting }]) =>
    endpoints.map((endpoint) => [
      name,
      `${circuit.replaceAll("_", " ")}${within("probes", probes_in_seconds)}`,
      in_flight,
      waiting,
      endpoint.url,
      `${endpoint.state}${within("returns", endpoint.returns_in_seconds)}`,
      endpoint.in_flight
    ])
  )

export const run = Effect.fnUntraced(
  function*({ json }: Given) {
    const answer = yield* (yield* Control).read("upstreams")
    const told = yield* understandAll("upstreams", Upstreams)(answer)
    if (json) return yield* Console.log(JSON.stringify(answer, null, 2))
    if (told.every(({ answer: all }) => Object.keys(all).length === 0)) {
      return yield* Console.error("This app calls nobody: network.upstreams is empty.")
    }
    yield* Console.log(tableOf(head, told, rowsOf).join("\n"))
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
