/** The balancer as a process of its own, so that it shares no event loop with the load or with the test. Ends with its parent. */
import { start } from "./balancer.ts"
import type { BalancerPlan, FromBalancer } from "./messages.ts"

const say = (message: FromBalancer): void => void process.send?.(message)

process.on("disconnect", () => process.exit())
process.once("message", ({ upstreams }: BalancerPlan) => {
  void start(upstreams, (change) => say({ _tag: "Rotation", ...change })).then(({ url }) =>
    say({ _tag: "Listening", url })
  )
})
