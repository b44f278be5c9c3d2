/** `npm run bench -- <name>`: measures ours beside its peers. README.md says how to read what it prints. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { attack } from "./src/cases/attack.ts"
import { boot } from "./src/cases/boot.ts"
import { database } from "./src/cases/database.ts"
import { http } from "./src/cases/http.ts"
import { idle } from "./src/cases/idle.ts"
import { kernel } from "./src/cases/kernel.ts"
import { processes } from "./src/cases/processes.ts"
import { commandOf } from "./src/command.ts"

commandOf({ attack, boot, database, http, idle, kernel, processes }).pipe(
  Command.run({ version: "0.0.0" }),
  Effect.provide(NodeServices.layer),
  // A fault has been told in a sentence already.
  NodeRuntime.runMain({ disableErrorReporting: true })
)
