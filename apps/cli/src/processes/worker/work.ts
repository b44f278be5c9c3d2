/** What one of the further processes does: it runs the plugins of the first one with its share of the settings. */
import { SharedCommonPlugin } from "@heptad/common/plugin"
import { Kernel, type Plugin, Settings } from "@heptad/kernel"
import { LimitPeers, SharedPort } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import { type AppName, appNames } from "../../apps.ts"
import { choose } from "../../composition/choose.ts"
import { quiet } from "../quiet.ts"
import { fromWire } from "../wireTree.ts"
import * as Inbox from "./inbox.ts"
import type { Link } from "./link.ts"
import { workerPlugin } from "./plugin.ts"

const appNamed = (name: string | undefined): AppName | undefined => appNames.find((known) => known === name)

/** Their advice was told by the first process, whose lock of the data directory holds for all. */
const inWorker = (plugin: Plugin.Any): Plugin.Any => quiet(plugin.name === "common" ? SharedCommonPlugin : plugin)

export const work = Effect.fnUntraced(function*(link: Link) {
  const inbox = yield* Inbox.make(link)
  link.say({ _tag: "Linked" })
  const { acceptor, app, processes, tree: sent } = yield* inbox.begun
  const tree = fromWire(sent)
  const { plugins } = yield* choose(tree, appNamed(app))
  const own = [...plugins.map(inWorker), workerPlugin(link, inbox)]
  const sharedPort: typeof SharedPort.Service = {
    processes,
    ...(acceptor === undefined ? {} : { handedOver: inbox.handedOver(acceptor) }),
    bound: (address) => link.say({ _tag: "Listening", ...address })
  }
  yield* Kernel.run(Kernel.layerOf(own)).pipe(
    Effect.provideService(Settings.SettingsSource, inbox.source(tree)),
    Effect.provideService(SharedPort, sharedPort),
    Effect.provideService(LimitPeers, inbox.limitPeers)
  )
})
