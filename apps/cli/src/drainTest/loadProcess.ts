/** The load as a process of its own: it must not be slow because the server is. Ends with its parent. */
import { make } from "./load.ts"
import type { FromLoad, LoadPlan } from "./messages.ts"

const say = (message: FromLoad): void => void process.send?.(message)

process.on("disconnect", () => process.exit())
process.once("message", (plan: LoadPlan) => {
  const load = make(plan)
  const run = async () => {
    await load.fill()
    say({ _tag: "Started", at: Date.now() })
    await load.run()
    say({ _tag: "Done", outcome: load.outcome() })
  }
  void run()
})
