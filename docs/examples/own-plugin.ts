/**
 * Runs the plugin of GreeterPlugin.ts: starts an app, uses the service, changes a setting meanwhile, calls the operation,
 * stops.
 *
 *     node --conditions=source docs/examples/own-plugin.ts
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles } from "@heptad/common"
import { Kernel, LiveSettings, Operations } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { Greeter, GreeterPlugin } from "./GreeterPlugin.ts"

// A main gives process.env here; this one changes while the app runs, as a settings file does.
const environment = { GREETER_GREETING: "Good morning" }

const settings = SettingsFiles.layer({ files: [], overrides: ["greeter.max_name=12"], environment }).pipe(
  Layer.provide(NodeServices.layer)
)

const app = Kernel.layer([GreeterPlugin]).pipe(Layer.provide(settings))

const program = Effect.gen(function*() {
  const { greet } = yield* Greeter
  yield* Console.log(yield* greet("Ada"))

  environment.GREETER_GREETING = "Good evening"
  const { changes, version } = yield* (yield* LiveSettings).reload("the example asked for it")
  yield* Console.log(`settings version ${version} changed ${changes.map(({ key }) => key).join(", ")}`)
  yield* Console.log(yield* greet("Ada"))

  const operations = yield* (yield* Operations).all
  const answer = yield* Effect.fromNullishOr(operations.get("greeting")).pipe(
    Effect.flatMap(({ run }) => run({}, { dryRun: false }))
  )
  yield* Console.log(`operation greeting: ${JSON.stringify(answer)}`)

  const refused = yield* Effect.flip(greet("Wolfeschlegelstein"))
  yield* Console.log(refused.message)
})

// The log goes to standard error: standard output belongs to the answers.
NodeRuntime.runMain(
  program.pipe(Effect.provide(app), Effect.provideService(Logger.LogToStderr, true)),
  { teardown: Kernel.teardown }
)
