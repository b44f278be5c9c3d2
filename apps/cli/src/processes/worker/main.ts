/**
 * One of the processes that the first one forks. It runs the same plugins with its share of the settings, and ends with the
 * first one: told to by a message, or because the channel to it closed.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SharedCommonPlugin } from "@heptad/common/plugin"
import { Kernel, type Plugin, Settings } from "@heptad/kernel"
import { SharedPort } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import { type AppName, appNames } from "../../apps.ts"
import { choose } from "../../composition/choose.ts"
import * as exit from "../../exit.ts"
import { quiet } from "../quiet.ts"
import { fromWire } from "../wireTree.ts"
import * as Inbox from "./inbox.ts"
import * as Link from "./link.ts"
import { workerPlugin } from "./plugin.ts"

/** A signal for the whole group or service is for the first process, which tells this one in time. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {})

// What this process starts is not one of the app's processes.
delete process.env["HEPTAD_PROCESS"]

const link = Link.open()

const appNamed = (name: string | undefined): AppName | undefined => appNames.find((known) => known === name)

/** Their advice was told by the first process, whose lock of the data directory holds for all. */
const inWorker = (plugin: Plugin.Any): Plugin.Any => quiet(plugin.name === "common" ? SharedCommonPlugin : plugin)

const work = Effect.gen(function*() {
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
    Effect.provideService(SharedPort, sharedPort)
  )
})

const end = (code: number) => Effect.runFork(Effect.andThen(link.release, Effect.sync(() => process.exit(code))))

Effect.runFork(work.pipe(Effect.tapCause(exit.report), Effect.provide(NodeServices.layer)))
  .addObserver((ended) => exit.teardown(ended, end))
