/** The plugin's layer with settings as they would stand in a file, on memory layers of common. */
import { layerMemory } from "@heptad/common/testing"
import { errorCodeOf } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import { layerQuiet, still } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlError } from "effect/sql/SqlError"
import { layer } from "../src/internal/layer.ts"
import { configOf } from "../src/internal/testServer.ts"

export const connect = (section: unknown) =>
  layer(configOf(section), still).pipe(Layer.provideMerge(Layer.merge(layerMemory, layerQuiet)))

interface Sections {
  readonly connection_pool?: Record<string, unknown>
  readonly execution?: Record<string, unknown>
  readonly performance?: Record<string, unknown>
  readonly ha?: Record<string, unknown>
}

/** Runs a test on a fresh database with these settings. */
export const on = <A, E, R>(sections: Sections, test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    TestDatabase.fresh,
    (coordinates) => Effect.provide(test, connect({ ...TestDatabase.settings(coordinates), ...sections }))
  )

export const codeOf = (effect: Effect.Effect<unknown, SqlError>) =>
  Effect.map(Effect.flip(effect), (error) => errorCodeOf(error).name)
