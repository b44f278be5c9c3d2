import { Contract, Plugin, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const manifest = { name: "@test/web", version: "1.0.0" }

const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))

const Sink = Schema.Union([
  Schema.Struct({ type: Schema.Literal("console"), colorize: Schema.optionalKey(Schema.Boolean) }),
  Schema.Struct({ type: Schema.Literal("file"), path: Schema.String })
])

const Web = Plugin.make({
  manifest,
  contract: Contract.make({ name: "web", manifest, services: [] }),
  requires: [],
  config: Schema.Struct({
    port: Port.pipe(Schema.withDecodingDefaultKey(Effect.succeed(80))),
    password: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
    sinks: Schema.optionalKey(Schema.Array(Sink)),
    tcp: Schema.optionalKey(
      Schema.Struct({ backlog: Schema.optionalKey(Port), quick: Schema.optionalKey(Schema.Boolean) })
    )
  }),
  layer: () => Layer.empty
})

const tree = (web: unknown, more: Partial<Settings.SettingsTree> = {}): Settings.SettingsTree => ({
  ...Settings.empty,
  value: { web },
  ...more
})

const faults = (web: unknown, origins: Record<string, string> = {}) =>
  Settings.prepare([Web], tree(web, { origins: new Map(Object.entries(origins)) }))
    .faults.map((fault) => fault.message)

it("decodes an absent section as an empty one", () => {
  const { faults, prepared } = Settings.prepare([Web], Settings.empty)
  expect(faults).toEqual([])
  expect(prepared.has("web")).toBe(true)
})

it("tells unknown keys and wrong values of all depths at once, each with its origin", () => {
  expect(faults({ prot: 1, port: "http", tcp: { backlog: -1, quik: true } }, {
    "web.prot": "web.yaml:2:3",
    "web.port": "web.yaml:3:3",
    "web.tcp": "web.yaml:4:3",
    "web.tcp.backlog": "web.yaml:5:5"
  })).toEqual([
    `web.yaml:2:3: web.prot: unknown key, did you mean "port"?`,
    `web.yaml:3:3: web.port: expected number, got "http"`,
    `web.yaml:4:3: web.tcp.quik: unknown key, did you mean "quick"?`,
    `web.yaml:5:5: web.tcp.backlog: expected a value between 0 and 65535, got -1`
  ])
})

it("lists the known keys when none is near, and names the section that was meant", () => {
  expect(faults({ zzzzzz: 1 })).toEqual(["settings: web.zzzzzz: unknown key; known here: password, port, sinks, tcp"])
  const { faults: strangers } = Settings.prepare(
    [Web],
    tree({}, { value: { wep: {} }, origins: new Map([["wep", "a:1:1"]]) })
  )
  expect(strangers.map((fault) => fault.message)).toEqual([`a:1:1: wep: unknown key, did you mean "web"?`])
})

it("never shows the value of a secret", () => {
  expect(faults({ password: 12345678 })).toEqual(["settings: web.password: expected string"])
})

it("points into a list", () => {
  expect(faults({ sinks: [{ type: "file", pth: "x" }] }, { "web.sinks.0.pth": "web.yaml:7:9" })).toEqual([
    `web.yaml:7:9: web.sinks.0.pth: unknown key, did you mean "path"?`,
    `settings: web.sinks.0.path: missing key`
  ])
})

it("decodes a valid section once and makes its Layer once", () => {
  const calls: Array<string> = []
  const section = { name: "web", config: Web.config }
  const { exit } = Settings.decode(section, tree({}), (_, unknownKeys) => {
    calls.push(unknownKeys)
    return Exit.succeed("decoded")
  })
  expect(exit).toEqual(Exit.succeed("decoded"))
  expect(calls).toEqual(["error"])
})

it("does not take a bug while decoding for a section without faults", () => {
  const bug = new Error("a bug in a Schema")
  expect(() => Settings.decode({ name: "web", config: Web.config }, tree({}), () => Exit.die(bug))).toThrow(bug)
})

describe("what could not even be read", () => {
  it("is told once and not a second time as a wrong value", () => {
    const unread = Settings.prepare([Web], tree({ port: "${PORT}" })).faults
    expect(unread).toHaveLength(1)
    expect(Settings.prepare([Web], tree({ port: "${PORT}" }, { faults: unread })).faults).toEqual(unread)
  })
})
