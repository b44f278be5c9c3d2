/** The command tree. Verbs load their work when they are asked for it. */
import * as Command from "effect/cli/Command"
import { backup } from "./backup.ts"
import { check } from "./check.ts"
import { completion } from "./completion.ts"
import { config } from "./config.ts"
import { databasePool } from "./databasePool.ts"
import { doctor } from "./doctor.ts"
import { drain } from "./drain.ts"
import { drainTest } from "./drainTest.ts"
import { explainError } from "./explainError.ts"
import { graph } from "./graph.ts"
import { health } from "./health.ts"
import { logLevel } from "./logLevel.ts"
import { logs } from "./logs.ts"
import { migrate } from "./migrate.ts"
import { newPackage } from "./newPackage.ts"
import { plan } from "./plan.ts"
import { restartProcesses } from "./restartProcesses.ts"
import { restore } from "./restore.ts"
import { start } from "./start.ts"
import { status } from "./status.ts"
import { stop } from "./stop.ts"
import { tlsReload } from "./tlsReload.ts"
import { token } from "./token.ts"
import { upstreams } from "./upstreams.ts"
import { version } from "./version.ts"

// Typed here, because the tree and the verb that prints it name each other.
const tree = (): Command.Command.Any => heptad

/** In the order of the help page. */
const verbs = [
  start,
  check,
  plan,
  graph,
  config,
  status,
  health,
  logs,
  logLevel,
  upstreams,
  databasePool,
  tlsReload,
  drain,
  drainTest,
  restartProcesses,
  stop,
  migrate,
  backup,
  restore,
  doctor,
  explainError,
  token,
  newPackage,
  version,
  completion(tree)
] as const

export const heptad = Command.make("heptad").pipe(
  Command.withDescription("Runs and operates Heptad apps"),
  Command.withSubcommands(verbs)
)
