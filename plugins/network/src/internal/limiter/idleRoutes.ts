/** Tells of limits for routes that do not exist: a name that was mistyped would protect nothing. */
import { Lifecycle } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { NetworkConfig } from "../../config.ts"
import type { Routes } from "../routes.ts"
import { idle } from "./routePatterns.ts"

type Config = Pick<NetworkConfig, "rate_limit">

const tellIdle = ({ rate_limit: { enabled, routes } }: Config, known: Pick<Routes, "all">) => {
  const names = enabled ? idle(routes.map(({ route }) => route), known.all()) : []
  if (names.length === 0) return Effect.void
  return Effect.logWarning(
    `network.rate_limit.routes has ${names.join(", ")}, but there is no such route: nothing is held by it. ` +
      "Write the template of the route as the code has it, or leave it out."
  )
}

/** At the start, when all routes are there, and for every later version of the settings. */
export const watch = Effect.fnUntraced(function*(config: Config, known: Pick<Routes, "all">) {
  const { events } = yield* Lifecycle
  const tell = Effect.suspend(() => tellIdle(config, known))
  yield* Effect.forkScoped(Stream.runForEach(events, ({ _tag }) => _tag === "Running" ? tell : Effect.void))
  return { tell }
})
