/** The database server of a test run, as a process: prints how to reach it, and ends when its standard input does. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import { TestDatabase } from "@heptad/database/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

// Standard output belongs to the one line; what went wrong ends the process and stands in standard error.
const quiet = Effect.provideService(References.MinimumLogLevel, "None")

Effect.gen(function*() {
  yield* Console.log(yield* quiet(TestDatabase.serve))
  const { stdin } = yield* Stdio.Stdio
  yield* Stream.runDrain(stdin)
}).pipe(
  Effect.tapError((error) => Console.error(error.message)),
  Effect.scoped,
  Effect.provide(NodeStdio.layer),
  NodeRuntime.runMain
)
