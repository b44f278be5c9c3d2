/** Paths of plugins that are not there at the moment: their routes do not exist, and that is no fault of the client. */
import { type Lifecycle, type PluginStatus, PluginUnavailable } from "@heptad/kernel"
import * as Effect from "effect/Effect"

const owns = (path: string) => ({ paths, state }: PluginStatus): boolean =>
  state !== "started" && paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))

/** The plugin whose routes would answer `path` if it had started. */
export const absentAt = ({ plugins }: Lifecycle["Service"]) => (path: string) =>
  Effect.map(plugins, (all) => {
    const owner = all.find(owns(path))
    return owner === undefined
      ? undefined
      : new PluginUnavailable({ plugin: owner.name, problem: owner.problem ?? `it is ${owner.state}` })
  })
