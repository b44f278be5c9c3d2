/** A plugin from scratch: service, error, settings of which one changes while the app runs, and an operation. */
import { ErrorCode, Setting, SettingTypes } from "@heptad/common"
import { Contract, Operation, Operations, Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import manifest from "./package.json" with { type: "json" }

export class NameTooLong extends Schema.TaggedError<NameTooLong>()("NameTooLong", { limit: Schema.Int }) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `The name is longer than ${this.limit} characters. Send a shorter one, or raise greeter.max_name.`
  }
}

export class Greeter extends Context.Service<Greeter, {
  readonly greet: (name: string) => Effect.Effect<string, NameTooLong>
}>()("examples/Greeter") {}

const config = Setting.section({
  greeting: Setting.field(Schema.NonEmptyString, "Hello", {
    description: "What everybody is greeted with.",
    env: ["GREETER_GREETING"],
    reloadable: true
  }),
  max_name: Setting.field(SettingTypes.int(1), 20, { description: "Longer names are refused.", unit: "characters" })
})

const make = Effect.fnUntraced(function*(settings: typeof config.Type, live: Plugin.Live<typeof config.Type>) {
  let { greeting } = settings
  const greet = Effect.fn("Greeter.greet")(function*(name: string) {
    if (name.length > settings.max_name) return yield* new NameTooLong({ limit: settings.max_name })
    return `${greeting}, ${name}.`
  })
  yield* live.onChange((next) => Effect.sync(() => void (greeting = next.greeting)))
  yield* (yield* Operations).register(Operation.make({
    name: "greeting",
    description: "The greeting in force.",
    kind: "read",
    input: Schema.Struct({}),
    run: () => Effect.sync(() => ({ greeting }))
  }))
  return { greet }
})

export const GreeterPlugin = Plugin.make({
  manifest,
  contract: Contract.make({ name: "greeter", manifest, services: [Greeter] }),
  requires: [],
  config,
  layer: (settings, live) => Layer.effect(Greeter, make(settings, live))
})
