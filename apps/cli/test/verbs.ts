/** The verbs in this process, with settings from a folder of their own. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as TestConsole from "effect/testing/TestConsole"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Target } from "../src/composition/compose.ts"

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-cli-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Path below the folder -> content. */
export const write = (root: string, files: Readonly<Record<string, string>>): void =>
  Object.entries(files).forEach(([path, content]) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  })

/** What `heptad <verb> --config <config>` gets. */
export const target = (config: ReadonlyArray<string>, set: ReadonlyArray<string> = []): Target => ({
  app: Option.none(),
  config,
  set
})

export const monolith = (config: ReadonlyArray<string>, set: ReadonlyArray<string> = []): Target => ({
  ...target(config, set),
  app: Option.some("monolith")
})

/** What a verb printed, and what it ended with. */
export const output = <A, E, R>(verb: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const result = yield* Effect.result(verb)
    return {
      out: (yield* TestConsole.logLines).map(String).join("\n"),
      err: (yield* TestConsole.errorLines).map(String).join("\n"),
      failure: Result.isFailure(result) ? result.failure : undefined
    }
  }).pipe(Effect.provide(Layer.merge(Layer.fresh(TestConsole.layer), NodeServices.layer)))
