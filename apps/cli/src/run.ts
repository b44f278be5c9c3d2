/** Runs the command tree with the arguments of the process. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import manifest from "../package.json" with { type: "json" }
import * as exit from "./exit.ts"
import { heptad } from "./heptad.ts"
import { stopWithParent } from "./parent.ts"

exit.forceOnSecondSignal()
stopWithParent()

Command.run(heptad, { version: manifest.version }).pipe(
  Effect.tapCause(exit.report),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ teardown: exit.teardown, disableErrorReporting: true })
)
