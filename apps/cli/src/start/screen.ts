/** What a person sees when the app is ready: versions, the boot, where to look, and one request that works. */
import { Lifecycle } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import manifest from "../../package.json" with { type: "json" }
import * as timeline from "./timeline.ts"

/** What one plugin adds to the screen. */
interface Part {
  readonly title?: ReadonlyArray<string>
  readonly places?: ReadonlyArray<readonly [name: string, url: string]>
  readonly hints?: ReadonlyArray<string>
}

/** Loaded for the plugins that run: an app without a database does not load one for its screen. */
const partOf = (name: string, running: ReadonlySet<string>): Effect.Effect<Part> => {
  switch (name) {
    case "database":
      return Effect.flatMap(Effect.promise(() => import("./screen/database.ts")), ({ part }) => part)
    case "monitoring":
      return Effect.flatMap(Effect.promise(() => import("./screen/monitoring.ts")), ({ part }) => part)
    case "network":
      return Effect.flatMap(Effect.promise(() => import("./screen/network.ts")), ({ part }) => part(running))
    default:
      return Effect.succeed({})
  }
}

const block = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.length === 0 ? [] : ["", ...lines]

/** The lines of the screen. `app` is what the person called it. */
export const lines = Effect.fnUntraced(function*(app: string) {
  const plugins = yield* (yield* Lifecycle).plugins
  const running = new Set(plugins.filter(({ state }) => state === "started").map(({ name }) => name))
  const parts = yield* Effect.forEach(
    ["network", "monitoring", "database"].filter((name) => running.has(name)),
    (name) => partOf(name, running)
  )
  const places = parts.flatMap(({ places = [] }) => places)
  const ready = Math.max(0, ...plugins.map((plugin) => plugin.startedAtMillis + plugin.buildMillis))
  const title = [`Heptad ${manifest.version}`, app, `Node ${process.versions.node}`]
  return [
    [...title, ...parts.flatMap(({ title = [] }) => title)].join(" · "),
    ...block(timeline.render(plugins)),
    ...block([`Ready in ${ready} ms. ${timeline.explain(plugins)}`]),
    ...block(places.map(([name, url]) => `${name.padEnd(7)}  ${url}`)),
    ...block(parts.flatMap(({ hints = [] }) => hints))
  ]
})
