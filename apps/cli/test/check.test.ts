import { assert, describe, it } from "@effect/vitest"
import { type Plan, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { createServer, Socket } from "node:net"
import { Answered } from "../src/Answered.ts"
import * as probes from "../src/check/probes.ts"
import { run } from "../src/check/run.ts"
import { folder, monolith, output, target, write } from "./verbs.ts"

const planted = {
  "a.yaml": [
    "deployment:",
    "  systems: [common, thread, container, logger, monitoring, databse, network]",
    "  drain: { lame_duck: 15 }",
    "thread:",
    "  pool_sise: 4",
    "  limits: { max_job_duration: 30 }",
    "common: { data_dir: \"\" }",
    "netwrk: {}"
  ],
  "b.yaml": [
    "logger:",
    "  default_level: ${NOT_SET_ANYWHERE}",
    "  default_levl: info",
    "database:",
    "  connection_pool:",
    "    max_size: many",
    "    min_siz: 1"
  ],
  "c.yaml": [
    "network:",
    "  tcp: { port: 99999 }",
    "orders:",
    "  queue: { workers: -1 }"
  ]
}

const faults = [
  `a.yaml:2:60: deployment.systems: there is no system "databse", did you mean "database"?`,
  `a.yaml:3:12: deployment.drain.lame_duck: expected a duration such as "100ms", "30s", "5m" or "1h", got 15`,
  `a.yaml:5:3: thread.pool_sise: unknown key, did you mean "pool_size"?`,
  `a.yaml:6:13: thread.limits.max_job_duration: expected a duration such as "100ms", "30s", "5m" or "1h", got 30`,
  `a.yaml:7:11: common.data_dir: expected a value with a length of at least 1, got ""`,
  `a.yaml:8:1: netwrk: unknown key, did you mean "network"?`,
  "b.yaml:2:3: logger.default_level: environment variable NOT_SET_ANYWHERE is not set; set it or write ${NOT_SET_ANYWHERE:-default}",
  `b.yaml:3:3: logger.default_levl: unknown key, did you mean "default_level"?`,
  `b.yaml:6:5: database.connection_pool.max_size: expected a whole number between 1 and 10000, got "many"`,
  `b.yaml:7:5: database.connection_pool.min_siz: unknown key, did you mean "min_size"?`,
  "c.yaml:2:10: network.tcp.port: expected a whole number between 0 and 65535, got 99999",
  "c.yaml:4:12: orders.queue.workers: expected a whole number between 0 and 256, got -1"
]

const twelve = Effect.fnUntraced(function*(json: boolean) {
  const root = yield* folder
  write(root, Object.fromEntries(Object.entries(planted).map(([name, lines]) => [name, `${lines.join("\n")}\n`])))
  const target = monolith(Object.keys(planted).map((name) => `${root}/${name}`))
  const { failure, out } = yield* output(run({ ...target, probe: false, json }))
  assert.deepStrictEqual(failure, new Answered({ exitCode: 78 }))
  return out.replaceAll(`${root}/`, "")
})

describe("twelve faults in three files", () => {
  it.effect("are twelve in one answer, each with its position, in the order of the files", () =>
    Effect.gen(function*() {
      const [title, , ...lines] = (yield* twelve(false)).split("\n")
      assert.strictEqual(title, "12 faults:")
      assert.deepStrictEqual(lines, faults)
    }))

  it.effect("are data for programs", () =>
    Effect.gen(function*() {
      const answer = JSON.parse(yield* twelve(true))
      assert.deepStrictEqual(answer.counts, { fault: 12, contradiction: 0, "not-applied": 0, alias: 0, hint: 0 })
      assert.deepStrictEqual(answer.faults.map(({ message }: { readonly message: string }) => message), faults)
      assert.deepStrictEqual(answer.faults[2], {
        kind: "InvalidSetting",
        key: "thread.pool_sise",
        origin: "a.yaml:5:3",
        file: "a.yaml",
        line: 5,
        column: 3,
        problem: `unknown key, did you mean "pool_size"?`,
        message: faults[2]
      })
    }))
})

it.effect("without a fault there is advice by kind", () =>
  Effect.gen(function*() {
    const root = yield* folder
    write(root, {
      "a.yaml":
        "deployment: { systems: [common], termination_grace: 1s, pattern: sidecar }\ncommon: { result_type: { copy_elision: true } }\n"
    })
    const { failure, out } = yield* output(run({ ...target([`${root}/a.yaml`]), probe: false, json: false }))
    assert.isUndefined(failure)
    assert.deepStrictEqual(out.replaceAll(`${root}/`, "").split("\n"), [
      "No fault in 1 file and 1 plugin.",
      "",
      "contradictions (1)",
      "  deployment.termination_grace (1s) is shorter than the stop may take (1m 20s): the platform would kill the app. Grant 85 s, or shorten deployment.drain.",
      "",
      "not applied (2)",
      "  setting not applied: common.result_type.copy_elision (a.yaml:2:26): JavaScript passes references: there is nothing to move or to elide",
      "  setting not applied: deployment.pattern: sidecar: the plugins under deployment.systems start in this process, and none is replaced by a remote one"
    ])
  }))

describe("a probe", () => {
  const listener = Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer().listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      return { server, port: typeof address === "object" && address !== null ? address.port : 0 }
    }),
    ({ server }) => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
  )

  const probe = (need: Pick<Plan.PlannedNeed, "kind" | "what"> & Partial<Plan.PlannedNeed>, value = {}) =>
    Effect.map(
      probes.run([{ plugin: "a", key: "a.b", ...need }], { ...Settings.empty, value }),
      ([probed]) => probed?.problem ?? probed?.outcome
    )

  it.effect("finds a port that is taken, and leaves a free one free", () =>
    Effect.gen(function*() {
      const { port, server } = yield* listener
      const what = `127.0.0.1:${port}`
      assert.strictEqual(yield* probe({ kind: "port", what }), "EADDRINUSE")
      yield* Effect.promise(() => new Promise((resolve) => server.close(resolve)))
      assert.deepStrictEqual(yield* Effect.all([probe({ kind: "port", what }), probe({ kind: "port", what })]), [
        "ok",
        "ok"
      ])
    }))

  it.effect("finds a host that answers and one that does not", () =>
    Effect.gen(function*() {
      const { port } = yield* listener
      assert.strictEqual(yield* probe({ kind: "host", what: `127.0.0.1:${port}` }), "ok")
      assert.strictEqual(yield* probe({ kind: "host", what: `http://user@127.0.0.1:${port}/path` }), "ok")
      assert.strictEqual(yield* probe({ kind: "host", what: "127.0.0.1:1" }), "ECONNREFUSED")
      assert.strictEqual(yield* probe({ kind: "host", what: "nowhere" }), "no host:port")
    }))

  it.effect("gives up on a host that swallows everything", () =>
    Effect.gen(function*() {
      const socket = new Socket()
      const probing = yield* Effect.forkScoped(Effect.flip(probes.reached(() => socket)), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(probing), "no answer within 2 seconds")
      assert.isTrue(socket.destroyed)
    }))

  it.effect("looks at files, and at where directories would be made, without making them", () =>
    Effect.gen(function*() {
      const root = yield* folder
      write(root, { "file": "" })
      assert.strictEqual(yield* probe({ kind: "file", what: `${root}/file` }), "ok")
      assert.strictEqual(yield* probe({ kind: "file", what: `${root}/absent` }), "ENOENT")
      assert.strictEqual(yield* probe({ kind: "directory", what: `${root}/a/b/c` }), "ok")
      assert.strictEqual(yield* probe({ kind: "directory", what: `${root}/file` }), "not a directory")
      assert.deepStrictEqual(readdirSync(root), ["file"])
    }))

  it.effect("knows whether a secret was given, and does not show it", () =>
    Effect.gen(function*() {
      const need = { kind: "secret", what: "password of the database" } as const
      assert.strictEqual(yield* probe(need), "not given")
      assert.strictEqual(yield* probe(need, { a: { b: "hidden" } }), "ok")
    }))
})
