/** The logger alone, without a kernel that logs too, writing to a real file in a folder that goes away with the test. */
import { layerQuiet } from "@heptad/kernel/testing"
import type { LogControl } from "@heptad/logger"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

type Settings = Readonly<Record<string, unknown>>

export const logger = (section: Settings) =>
  Layer.unwrap(Effect.map(LoggerPlugin.prepare(section, "error"), ({ layer }) => layer)).pipe(Layer.provide(layerQuiet))

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-logger-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

export const text = (path: string): string => existsSync(path) ? readFileSync(path, "utf8") : ""

export const lines = (path: string): ReadonlyArray<string> => text(path).split("\n").slice(0, -1)

export const records = (path: string) => lines(path).map((line) => Schema.decodeSync(Line)(line))

/** Lets real input and output happen until the condition holds; the timeout of the test is the deadline. */
export const until = (condition: () => boolean) =>
  Effect.whileLoop({ while: () => !condition(), body: () => Effect.yieldNow, step: () => {} })

/** Runs a program that logs to one file with these sink settings and answers the lines of the file after the end. */
export const logged = Effect.fnUntraced(function*<A, E>(
  program: Effect.Effect<A, E, LogControl>,
  options: { readonly section?: Settings; readonly sink?: Settings } = {}
) {
  const path = join(yield* folder, "logs", "app.log")
  const section = { ...options.section, sinks: [{ type: "file", path, ...options.sink }] }
  yield* Effect.provide(program, logger(section))
  return path
})
