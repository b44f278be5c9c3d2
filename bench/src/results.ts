/** The report as text for people and as a file for everybody else. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as os from "node:os"
import type { Extent } from "./benchmark.ts"
import { Goal } from "./goals.ts"
import * as paths from "./paths.ts"
import { type Report, Row } from "./report.ts"
import { table } from "./table.ts"

const Machine = Schema.Struct({
  cpu: Schema.String,
  cores: Schema.Int,
  memoryGiB: Schema.Int,
  system: Schema.String
})

/** bench/results/<name>.json */
export const Results = Schema.Struct({
  name: Schema.String,
  machine: Machine,
  versions: Schema.Record(Schema.String, Schema.String),
  /** With "+" behind it when files differed from that commit. */
  commit: Schema.String,
  date: Schema.String,
  rounds: Schema.Int,
  remarks: Schema.Array(Schema.String),
  notMeasured: Schema.Array(Schema.String),
  rows: Schema.Array(Row),
  goals: Schema.Array(Goal),
  figures: Schema.Array(
    Schema.Record(Schema.String, Schema.NullOr(Schema.Union([Schema.String, Schema.Finite])))
  )
})
export type Results = typeof Results.Type

const machine = (): typeof Machine.Type => ({
  cpu: os.cpus()[0]?.model ?? "unknown",
  cores: os.availableParallelism(),
  memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  system: `${os.type()} ${os.release()} ${os.arch()}`
})

const Lock = Schema.fromJsonString(Schema.Struct({
  packages: Schema.Record(Schema.String, Schema.Struct({ version: Schema.optionalKey(Schema.String) }))
}))

const named = [
  "effect",
  "@effect/platform-node",
  "fastify",
  "@fastify/cors",
  "@fastify/helmet",
  "@fastify/rate-limit",
  "fastify-metrics",
  "prom-client",
  "pino",
  "hono",
  "@hono/node-server",
  "@nestjs/core",
  "@nestjs/platform-fastify",
  "@effect/sql-pg",
  "pg",
  "postgres",
  "drizzle-orm"
]

/** From the lock files, which say what is installed. */
const versions = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found: Record<string, string> = { node: process.versions.node }
  for (const folder of [paths.repository, paths.bench]) {
    const text = yield* fs.readFileString(path.join(folder, "package-lock.json"))
    const { packages } = yield* Schema.decodeEffect(Lock)(text)
    for (const name of named) {
      const version = packages[`node_modules/${name}`]?.version
      if (version !== undefined) found[name] = version
    }
  }
  return found
})

const git = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const text = yield* spawner.string(ChildProcess.make("git", args, { cwd: paths.repository, stderr: "ignore" }))
  return text.trim()
})

const commit = Effect.gen(function*() {
  const head = yield* git("rev-parse", "HEAD")
  const changed = yield* git("status", "--porcelain", "--", ".", ":!bench/results")
  return head === "" ? "unknown" : head + (changed === "" ? "" : "+")
}).pipe(Effect.orElseSucceed(() => "unknown"))

export const resultsOf = Effect.fnUntraced(function*(name: string, options: Extent, report: Report) {
  const date = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
  const results: Results = {
    name,
    machine: machine(),
    versions: yield* versions,
    commit: yield* commit,
    date,
    rounds: options.rounds,
    ...report
  }
  return results
})

export const jsonOf = (results: Results) =>
  Effect.map(Schema.encodeEffect(Results)(results), (encoded) => JSON.stringify(encoded, null, 2) + "\n")

export const write = Effect.fnUntraced(function*(name: string, json: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(paths.results, { recursive: true })
  yield* fs.writeFileString(path.join(paths.results, `${name}.json`), json)
})

const list = (title: string, lines: ReadonlyArray<string>): string =>
  [title, ...lines.map((line) => `- ${line}`)].join("\n")

/** Pure. */
export const textOf = (results: Results): string =>
  [
    ...(results.rows.length === 0 ? [] : [
      `${results.name}: ours over the peer. Above 1 is better; p99_ratio below 1 is better.`,
      table(results.rows)
    ]),
    ...(results.goals.length === 0 ? [] : ["Goals", table(results.goals)]),
    "Absolute figures, only good beside each other",
    table(results.figures),
    list("How it was run", [
      `${results.rounds} rounds, sides in turn, on ${results.machine.cores} cores of ${results.machine.cpu}`,
      `commit ${results.commit}, ` + Object.entries(results.versions).map(([name, at]) => `${name} ${at}`).join(", "),
      ...results.remarks
    ]),
    list("Not measured", results.notMeasured)
  ].join("\n\n")
