/**
 * `npm run test:failover [-- --runs N]`: loses the primary of a cluster on this machine N times (10 by default). Exits 1 when a
 * run lost an acknowledged write, when writes were not back within 5 s of the promotion, or when reads stopped.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { parseArgs } from "node:util"
import { experiment, faultsOf } from "./experiment.ts"

const patienceMillis = 5000

const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } })

class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

const once = Effect.fnUntraced(function*() {
  const outcome = yield* experiment(patienceMillis)
  const { acknowledged, backAfterMillis, failed, longestGapMillis, lost, reads } = outcome
  yield* Console.log(
    `acknowledged ${acknowledged}, lost ${lost}, writes back after ${backAfterMillis} ms; ` +
      `${failed} writes failed, ${reads} reads, longest without one ${longestGapMillis} ms`
  )
  return faultsOf(outcome, patienceMillis)
})

Effect.gen(function*() {
  const runs = Number(values.runs)
  if (!Number.isSafeInteger(runs) || runs < 1) return yield* new Failed({ message: "--runs takes a number from 1 on" })
  const faults = yield* Effect.forEach(Array.from({ length: runs }), once)
  const all = faults.flatMap((each, index) => each.map((fault) => `run ${index + 1}: ${fault}`))
  if (all.length > 0) return yield* new Failed({ message: all.join("\n") })
}).pipe(
  Effect.tapError((error) => Console.error(error.message)),
  Effect.provideService(References.MinimumLogLevel, "None"),
  (effect) => NodeRuntime.runMain(effect, { disableErrorReporting: true })
)
