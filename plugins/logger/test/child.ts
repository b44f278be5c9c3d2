/** A process of its own: logs `count` lines with the settings in its arguments, then ends in the way that is asked for. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Kernel } from "@heptad/kernel"
import { layerQuiet, still } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import process from "node:process"
import { LoggerConfig } from "../src/config.ts"
import { layer } from "../src/internal/layer.ts"

const Arguments = Schema.fromJsonString(Schema.Struct({
  count: Schema.Int,
  end: Schema.Literals(["sigterm", "exit", "throw", "return"]),
  logger: LoggerConfig
}))
const { count, end, logger } = Schema.decodeUnknownSync(Arguments)(process.argv[2])

const ends = {
  sigterm: Effect.andThen(Effect.sync(() => process.kill(process.pid, "SIGTERM")), Effect.never),
  exit: Effect.sync(() => process.exit(0)),
  throw: Effect.andThen(
    Effect.sync(() => {
      queueMicrotask(() => {
        throw new Error("uncaught")
      })
    }),
    Effect.never
  ),
  return: Effect.void
}

const program = Effect.forEach(
  Array.from({ length: count }, (_, index) => index),
  (index) => Effect.log(`line ${index}`),
  { discard: true }
).pipe(Effect.andThen(ends[end]))

NodeRuntime.runMain(
  Effect.provide(program, Layer.provide(layer(logger, still), layerQuiet)),
  { disableErrorReporting: true, teardown: Kernel.teardown }
)
