/** Says on whom the boot waits, for as long as it waits. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { PluginStatus } from "../Lifecycle.ts"
import type { LifecycleState } from "./lifecycle.ts"

const seconds = (millis: number): string => `${Math.round(millis / 1000)} s`

const building = ({ attempt, name, problem, startedAtMillis }: PluginStatus, elapsed: number): string =>
  [
    `${name} (${seconds(elapsed - startedAtMillis)}`,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(problem === undefined ? [] : [`last error: ${problem}`])
  ].join(", ") + ")"

/** One line: who is being built, how long, which attempt, the last error; and who waits behind them. */
const describe = (plugins: ReadonlyArray<PluginStatus>, elapsed: number): string => {
  const now = plugins.filter(({ state }) => state === "starting" || state === "retrying")
  const behind = plugins.filter(({ state }) => state === "waiting").map(({ name }) => name)
  const waiting = behind.length === 0 ? "" : `; waiting for them: ${behind.join(", ")}`
  return `still starting: ${now.map((plugin) => building(plugin, elapsed)).join(", ")}${waiting}`
}

export const tellWaiting = Effect.fnUntraced(function*({ bootedAt, current }: LifecycleState) {
  yield* Effect.sleep("5 seconds")
  yield* Effect.logWarning(describe(yield* current, (yield* Clock.currentTimeMillis) - bootedAt))
})
