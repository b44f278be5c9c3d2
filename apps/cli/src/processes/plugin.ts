/**
 * The plugin of the first process, which stands for the network plugin of the others: it bears its name and reads its section.
 */
import { CommonContract } from "@heptad/common"
import type * as Embedded from "@heptad/database/plugin"
import { Plugin } from "@heptad/kernel"
import { NetworkConfig } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import manifest from "../../package.json" with { type: "json" }
import { Processes, ProcessesContract } from "./Processes.ts"
import type { SharedDatabase } from "./sharing.ts"
import { type App, supervise } from "./supervisor.ts"

const parts = { manifest, contract: ProcessesContract, name: "network", config: NetworkConfig }

/** In front of a database elsewhere, or of none. */
export const processesPlugin = (app: App): Plugin.Any =>
  Plugin.make({
    ...parts,
    requires: [CommonContract],
    layer: (config, live) => Layer.effect(Processes, supervise(app, config, live))
  })

const databaseOf = ({ host, password, port, user }: Embedded.EmbeddedServer["Service"]): SharedDatabase => ({
  host,
  port,
  user,
  password: password === undefined ? "" : Redacted.value(password)
})

/** In front of the embedded database, which the first process runs. */
export const processesPluginWith = (
  app: App,
  { EmbeddedServer, EmbeddedServerContract }: Pick<typeof Embedded, "EmbeddedServer" | "EmbeddedServerContract">
): Plugin.Any =>
  Plugin.make({
    ...parts,
    requires: [CommonContract, EmbeddedServerContract],
    layer: (config, live) =>
      Layer.effect(
        Processes,
        Effect.flatMap(EmbeddedServer, (server) => supervise(app, config, live, databaseOf(server)))
      )
  })
