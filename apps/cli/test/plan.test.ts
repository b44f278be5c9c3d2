import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Answered } from "../src/Answered.ts"
import { run as graph } from "../src/graph/run.ts"
import { run } from "../src/plan/run.ts"
import { heptad } from "./heptad.ts"
import { folder, monolith, output, target, write } from "./verbs.ts"

describe("the plan", () => {
  it.effect("is told to people", () =>
    Effect.gen(function*() {
      const root = yield* folder
      write(root, {
        "a.yaml": [
          "deployment:",
          "  pattern: monolith",
          "  replicas: 3",
          "  systems: [common, logger, thread, container]",
          "  drain: { lame_duck: 5s, budget: 10s, requests: 30s }",
          "  plugins: { thread: { on_failure: retry } }",
          "thread: { pool_size: 2, queue: { capacity: 2000 } }"
        ].join("\n")
      })
      const { out } = yield* output(run({ ...target([`${root}/a.yaml`]), diff: [], json: false }))
      const text = out.replaceAll(`${root}/`, "").split("\n")
      const needs = text.indexOf("needed from outside")
      // What is needed from outside is the business of each plugin.
      const without = needs === -1 ? text : text.toSpliced(needs, text.indexOf("", needs) - needs + 1)
      assert.deepStrictEqual(without, [
        "4 plugins, 1 settings file. A stop takes at most 1m 25s: terminationGracePeriodSeconds: 90",
        "",
        "deployment",
        "  pattern   monolith",
        "  replicas  3",
        "",
        "start, wave by wave",
        "  1  logger",
        "  2  common, container",
        "  3  thread",
        "",
        "stop, wave by wave",
        "  1  thread",
        "  2  common, container",
        "  3  logger",
        "",
        "critical path",
        "  logger > common > thread",
        "",
        "why this order",
        `  common before thread                     "thread" requires the contract that "common" keeps`,
        `  logger before common, thread, container  "logger" is ambient: everybody uses it without naming it`,
        "",
        "settings files",
        "  a.yaml",
        "",
        "settings written",
        "  thread  pool_size, queue.capacity",
        "",
        "drain",
        "  lame_duck  at most 5s",
        "  accept     at most 10s",
        "  requests   at most 30s",
        "  jobs       at most 10s",
        "  close      at most 30s",
        "",
        "when a plugin does not start (others: abort)",
        "  thread  retry",
        "",
        "not applied (1)",
        "  setting not applied: deployment.replicas (a.yaml:3:3): only shown by the plan: whoever starts the instances decides which of them run"
      ])
    }))

  it.effect("tells in which order the policies of an upstream come", () =>
    Effect.gen(function*() {
      const root = yield* folder
      write(root, {
        "a.yaml": "deployment: { systems: [common, network] }\n" +
          "network: { upstreams: { orders: { endpoints: 'http://orders-1:8080,http://orders-2:8080' } } }\n"
      })
      const { out } = yield* output(run({ ...target([`${root}/a.yaml`]), diff: [], json: false }))
      const lines = out.split("\n")
      const hosts = lines.filter((line) => line.startsWith("  host ")).map((line) => line.trim().split(/ +/))
      assert.deepStrictEqual(hosts, [
        ["host", "orders-1:8080", "network", "network.upstreams.orders.endpoints"],
        ["host", "orders-2:8080", "network", "network.upstreams.orders.endpoints"]
      ])
      assert.deepStrictEqual(lines.slice(lines.indexOf("how it is used, from the outside to the inside")).slice(1, 2), [
        "  network.upstreams.orders.endpoints  total 30s > bulkhead 128, waiting 128 for 1s > breaker 50% of 20 in 10s or " +
        "10 in a row > 3 tries, retries 20% > try 10s > round_robin of 2"
      ])
    }))

  it("opens and writes nothing: it needs no permission but to read", async () => {
    const { out } = await heptad(["plan", "monolith", "--json"], {
      node: ["--permission", "--allow-fs-read=*"],
      // Nothing could be made here.
      environment: { HEPTAD_DATA_DIR: "/nonexistent/data" }
    })
    assert.deepStrictEqual(JSON.parse(out).start, [
      ...[["logger"], ["common"], ["monitoring"], ["thread", "container", "database", "network"]],
      ...[["accounts"], ["orders"]]
    ])
  }, 60_000)
})

describe("the difference to other settings", () => {
  const difference = Effect.fnUntraced(function*(before: string, after: string, json: boolean) {
    const root = yield* folder
    write(root, { "a.yaml": before, "b.yaml": after })
    const { failure, out, err } = yield* output(
      run({ ...target([`${root}/a.yaml`]), diff: [`${root}/b.yaml`], json })
    )
    return { failure, out: out.replaceAll(`${root}/`, ""), err: err.replaceAll(`${root}/`, "") }
  })

  it.effect("is told by plugin, with the keys that cause it", () =>
    Effect.gen(function*() {
      const { out } = yield* difference(
        "deployment: { systems: [common, logger, thread] }\nthread: { pool_size: 2 }\n",
        "deployment: { systems: [common, thread, container] }\nthread: { pool_size: 4 }\n",
        false
      )
      assert.deepStrictEqual(out.split("\n"), [
        "restart  deployment",
        `    deployment.systems  restart  b.yaml:1:15  ["common","logger","thread"] -> ["common","thread","container"]`,
        "no-op    common",
        "added    container",
        "restart  thread",
        "    thread.pool_size    restart  b.yaml:2:11  2 -> 4",
        "removed  logger"
      ])
    }))

  it.effect("is data for programs", () =>
    Effect.gen(function*() {
      const { out } = yield* difference(
        "deployment: { systems: [thread, common] }\n",
        "deployment: { systems: [thread, common] }\nthread: { pool_size: 4 }\n",
        true
      )
      assert.deepStrictEqual(JSON.parse(out), {
        plugins: [
          { name: "deployment", effect: "no-op", changes: [] },
          { name: "common", effect: "no-op", changes: [] },
          {
            name: "thread",
            effect: "restart",
            changes: [{
              key: "thread.pool_size",
              plugin: "thread",
              reloadable: false,
              before: "auto",
              after: "4",
              origin: "b.yaml:2:11"
            }]
          }
        ]
      })
    }))

  it.effect("does not exist when the other settings are at fault: their faults are told", () =>
    Effect.gen(function*() {
      const { err, failure, out } = yield* difference(
        "deployment: { systems: [common] }",
        "deployment: { systems: [thread, common] }\ncommon: { data_dirr: x }",
        false
      )
      assert.strictEqual(out, "")
      assert.deepStrictEqual(failure, new Answered({ exitCode: 78 }))
      assert.strictEqual(err, `1 fault:\n\nb.yaml:2:11: common.data_dirr: unknown key, did you mean "data_dir"?`)
    }))
})

describe("the graph", () => {
  const drawn = (format: "mermaid" | "dot" | "json") =>
    Effect.map(
      output(graph({ ...target([], ["deployment.systems=[thread, common]"]), format, json: false })),
      ({ out }) => out
    )

  it.effect("is drawn for Markdown and for Graphviz", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* drawn("mermaid")).split("\n").map((line) => line.trim()), [
        "flowchart LR",
        `0["thread"]`,
        `1["common"]`,
        `1 -->|"requires"| 0`
      ])
      assert.include(yield* drawn("dot"), "digraph")
    }))

  it.effect("is data for programs", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(JSON.parse(yield* drawn("json")), {
        nodes: [
          { name: "common", package: "@heptad/common", version: "0.1.0", wave: 0, ambient: false },
          { name: "thread", package: "@heptad/thread", version: "0.1.0", wave: 1, ambient: false }
        ],
        edges: [{
          from: "common",
          to: "thread",
          edge: "requires",
          why: `"thread" requires the contract that "common" keeps`
        }]
      })
    }))

  it.effect("of settings at fault is not drawn", () =>
    Effect.gen(function*() {
      const { err, failure, out } = yield* output(
        graph({ ...monolith([], ["thread.pool_sise=3"]), format: "dot", json: false })
      )
      assert.deepStrictEqual(failure, new Answered({ exitCode: 78 }))
      assert.strictEqual(out, "")
      assert.strictEqual(
        err,
        `1 fault:\n\n--set thread.pool_sise: thread.pool_sise: unknown key, did you mean "pool_size"?`
      )
    }))
})
