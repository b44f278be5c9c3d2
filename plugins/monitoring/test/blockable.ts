/** A process with monitoring on free ports that blocks its event loop when it is told to. Run by blocked.test.ts. */
import { Monitoring } from "@heptad/monitoring"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { freePorts, journal } from "./app.ts"
import { controlled, token } from "./controlled.ts"

/** Synchronous, because the loop may be blocked right after it. */
const tell = (word: string, value: unknown) => writeSync(1, `${JSON.stringify([word, value])}\n`)

const block = (millis: number) => {
  tell("blocked", millis)
  const until = performance.now() + millis
  while (performance.now() < until);
}

const lines: Array<string> = []
lines.push = (...added) => {
  added.forEach((line) => tell("log", line))
  return added.length
}

const program = Effect.gen(function*() {
  tell("listening", yield* Monitoring)
  tell("token", yield* token("operator"))
  createInterface({ input: process.stdin }).on("line", (millis) => block(Number(millis)))
  return yield* Effect.never
})

const checks = [{ name: "liveness", interval: "50ms", timeout: "200ms" }]

Effect.runFork(
  Effect.provide(
    program,
    controlled(
      (input) => Effect.as(Effect.sync(() => tell("acted", input)), input),
      { ...freePorts, health: { port: 0, checks } }
    ).pipe(Layer.provide(journal(lines)))
  )
)
