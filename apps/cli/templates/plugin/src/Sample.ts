/** What the plugin is for, one sentence: entries by name. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { SampleFull } from "./errors.ts"

export class Sample extends Context.Service<Sample, {
  /** Keeps a value; one of the same name is replaced. */
  readonly put: (name: string, value: string) => Effect.Effect<void, SampleFull>
  readonly get: (name: string) => Effect.Effect<Option.Option<string>>
}>()("@heptad/sample/Sample") {}
