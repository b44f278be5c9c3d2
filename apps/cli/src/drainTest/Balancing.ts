/** The balancer's process as the test sees it: its address, and who is in rotation since when. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { HarnessFailed } from "../errors.ts"
import type { Change, Upstream } from "./balancer.ts"
import { fork } from "./Child.ts"
import { type BalancerPlan, FromBalancer } from "./messages.ts"
import { until } from "./until.ts"

/** From the sources, or from the built package; written out, so that tools see which file is meant. */
const entry = () =>
  import.meta.url.endsWith(".ts")
    ? new URL("./balancerProcess.ts", import.meta.url)
    : new URL("./balancerProcess.js", import.meta.url)

const decode = Schema.decodeUnknownOption(FromBalancer)

export const start = Effect.fnUntraced(function*(upstreams: ReadonlyArray<Upstream>) {
  const changes: Array<Change> = []
  let address: string | undefined

  const receive = (message: FromBalancer): void => {
    if (message._tag === "Listening") address = message.url
    else changes.push(message)
  }
  const open = () => {
    const child = fork(entry())
    child.process.on("message", (raw) => Option.map(decode(raw), receive))
    child.process.send({ upstreams } satisfies BalancerPlan)
    return child
  }

  yield* Effect.acquireRelease(Effect.sync(open), (child) => Effect.promise(() => child.stop(1000)))
  const url = yield* until(Effect.sync(() => address), "10 seconds").pipe(
    Effect.catchTag("TimeoutError", () => Effect.fail(new HarnessFailed({ problem: "the balancer did not listen" })))
  )

  const last = (instance: string) => changes.findLast((change) => change.instance === instance)
  return {
    url,
    isIn: (instance: string): boolean => last(instance)?.ready ?? false,
    /** When it was first out, or in, after a moment. */
    changedAt: (instance: string, ready: boolean, after: number): number | undefined =>
      changes.find((change) => change.instance === instance && change.ready === ready && change.at >= after)?.at
  } as const
})

export type Balancing = Effect.Success<ReturnType<typeof start>>
