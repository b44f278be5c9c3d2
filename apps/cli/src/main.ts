#!/usr/bin/env -S node --conditions=source
/** The `heptad` command. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import manifest from "../package.json" with { type: "json" }
import { check } from "./check.ts"
import { config } from "./config.ts"
import { drainTest } from "./drainTest.ts"
import * as exit from "./exit.ts"
import { explainError } from "./explainError.ts"
import { graph } from "./graph.ts"
import { newPackage } from "./newPackage.ts"
import { stopWithParent } from "./parent.ts"
import { plan } from "./plan.ts"
import { start } from "./start.ts"
import { token } from "./token.ts"

/** In the order of the help page. */
const verbs = [start, check, plan, graph, config, explainError, token, drainTest, newPackage] as const

const heptad = Command.make("heptad").pipe(
  Command.withDescription("Runs and operates Heptad apps"),
  Command.withSubcommands(verbs)
)

exit.forceOnSecondSignal()
stopWithParent()

Command.run(heptad, { version: manifest.version }).pipe(
  Effect.tapCause(exit.report),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ teardown: exit.teardown, disableErrorReporting: true })
)
