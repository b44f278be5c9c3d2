/** Pure: what monitoring will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import * as Result from "effect/Result"
import type { MonitoringConfig } from "../config.ts"
import * as Listeners from "./listeners.ts"

/** Two endpoints that clash open nothing: the start says so. */
export const needs = (config: MonitoringConfig): ReadonlyArray<Plugin.Need> =>
  Result.match(Listeners.make(config), {
    onFailure: () => [],
    onSuccess: ({ all }) =>
      all.map(({ host, port, setting }) => ({ kind: "port", what: `${host}:${port}`, key: setting }))
  })
