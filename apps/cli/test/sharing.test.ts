import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Readable, Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { describe, expect, it } from "vitest"
import { forwardLines } from "../src/processes/output.ts"
import { share } from "../src/processes/sharing.ts"
import { fromWire, toWire, WireTree } from "../src/processes/wireTree.ts"

const leaf = (key: string, value: unknown): Settings.Leaf => ({
  key,
  plugin: key.split(".")[0] ?? "",
  value,
  origin: undefined,
  secret: false,
  reloadable: false
})

const tree: Settings.SettingsTree = {
  ...Settings.empty,
  value: {
    logger: { sinks: [{ type: "console" }, { type: "file", path: "logs/app.log" }] },
    network: { tcp: { port: 0 } }
  },
  origins: new Map([["network.tcp.port", "app.yaml:1:2"]]),
  settings: [
    leaf("network.tcp.max_connections", 1001),
    leaf("network.framed.max_connections", 1),
    leaf("network.websocket.max_connections", 4),
    leaf("database.connection_pool.max_size", 5),
    leaf("database.connection_pool.min_size", 0),
    leaf("thread.pool_size", "auto"),
    leaf("common.error_handling.error_registry.path", "counts.json")
  ],
  advice: [{ kind: "hint", keys: [], message: "once is enough" }],
  timing: { ...Settings.empty.timing, lameDuck: Duration.seconds(9) },
  policies: {}
}

const all = ["common", "logger", "monitoring", "database", "network", "thread"]

const at = (shared: Settings.SettingsTree, key: string) => Settings.valueAt(shared.value, key.split("."))

describe("the settings of one process of two", () => {
  const shared = share(tree, { process: 1, processes: 2, threads: 3 }, all)

  it("have its share of what limits the app, rounded up where none would be nothing", () => {
    expect(at(shared, "network.tcp.max_connections")).toBe(501)
    expect(at(shared, "network.framed.max_connections")).toBe(1)
    expect(at(shared, "network.websocket.max_connections")).toBe(2)
    expect(at(shared, "database.connection_pool.max_size")).toBe(3)
    expect(at(shared, "database.connection_pool.min_size")).toBe(0)
    expect(at(shared, "thread.pool_size")).toBe(1)
  })

  it("have its number in the names of files, and in each record", () => {
    expect(at(shared, "logger.sinks")).toEqual([{ type: "console" }, { type: "file", path: "logs/app.1.log" }])
    expect(at(shared, "common.error_handling.error_registry.path")).toBe("counts.1.json")
    expect(at(shared, "logger.fields.process")).toBe("1")
  })

  it("leave the ports of operations, advice and the lame duck to the first process", () => {
    for (const port of ["health", "prometheus", "control"]) expect(at(shared, `monitoring.${port}.enabled`)).toBe(false)
    expect(shared.advice).toEqual([])
    expect(Duration.toMillis(shared.timing.lameDuck)).toBe(0)
  })

  it("name the database and the port that the first process has", () => {
    const database = { host: "/data/postgres", port: 5432, user: "heptad", password: "secret" }
    const shared = share(tree, { process: 0, processes: 2, threads: 2, database, port: 4711 }, all)
    expect(at(shared, "database.connections.primary")).toEqual({ ...database, ssl_mode: "disable" })
    expect(at(shared, "network.tcp.port")).toBe(4711)
  })

  it("get no section of a plugin that does not run", () => {
    expect(Object.keys(share(tree, { process: 0, processes: 2, threads: 2 }, ["network"]).value).toSorted())
      .toEqual(["logger", "network"])
  })

  it("leave the tree that they were made of as it was", () => {
    expect(tree.value["network"]).toEqual({ tcp: { port: 0 } })
  })
})

it("a tree is the same after its way to another process", () => {
  const codec = Schema.encodeSync(WireTree)
  const sent = structuredClone(codec(toWire(tree)))
  expect(fromWire(Schema.decodeSync(WireTree)(sent))).toEqual(tree)
})

describe("what a process writes", () => {
  const forwarded = async (chunks: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
    const writes: Array<string> = []
    const to = new Writable({
      // Room for nothing: every write has to wait for the one before.
      highWaterMark: 1,
      write: (chunk: Buffer, _, done) => {
        writes.push(chunk.toString())
        setImmediate(done)
      }
    })
    const from = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
    forwardLines(from, to)
    await new Promise((resolve) => from.on("close", resolve))
    await pipeline(Readable.from([]), to)
    return writes
  }

  it("is passed on in whole lines, and its rest when it has ended", async () => {
    expect(await forwarded(["one\ntw", "o\nthree", "\nfo", "ur"])).toEqual(["one\n", "two\n", "three\n", "four"])
  })

  it("is not kept back without an end of the line for ever", async () => {
    const writes = await forwarded(["x".repeat(700_000), "x".repeat(700_000), "y\n"])
    expect(writes.map(({ length }) => length)).toEqual([1_400_000, 2])
  })
})
