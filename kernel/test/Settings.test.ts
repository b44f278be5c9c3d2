import { Contract, Plugin, Setting, Settings, SettingTypes } from "@heptad/kernel"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const manifest = { name: "@test/web", version: "1.0.0" }

const Web = Plugin.make({
  manifest,
  contract: Contract.make({ name: "web", manifest, services: [] }),
  requires: [],
  config: Setting.section({
    port: Setting.field(SettingTypes.Port, 80, { description: "Port.", env: ["WEB_PORT"], reloadable: false }),
    level: Setting.field(Schema.Literals(["info", "debug"]), "info", { description: "Level." }),
    password: Setting.optional(SettingTypes.Secret, { description: "Password.", secret: true }),
    sinks: Setting.field(
      Schema.Array(Schema.Union([
        Schema.Struct({ type: Schema.Literal("console"), colorize: Schema.optionalKey(SettingTypes.Boolean) }),
        Schema.Struct({ type: Schema.Literal("file"), path: Schema.String })
      ])),
      [],
      { description: "Sinks." }
    ),
    tcp: Setting.section({
      backlog: Setting.field(SettingTypes.int(1), 511, { description: "Backlog." }),
      quick: Setting.field(SettingTypes.Boolean, false, { description: "Quick.", notApplied: "Node has no such call" })
    })
  }),
  layer: () => Layer.empty
})

const tree = (web: unknown, origins: Record<string, string>): Settings.SettingsTree => ({
  value: { web },
  origins: new Map(Object.entries(origins)),
  faults: []
})

const faults = (web: unknown, origins: Record<string, string> = {}) =>
  Settings.prepare([Web], tree(web, origins)).faults.map((fault) => fault.message)

it("has a default for every setting of an absent section", () => {
  expect(Settings.prepare([Web], Settings.empty).faults).toEqual([])
  expect(Settings.prepare([Web], Settings.empty).layers.has("web")).toBe(true)
})

describe("faults", () => {
  it("tells unknown keys and wrong values of all depths at once, each with its origin", () => {
    expect(faults({ prot: 1, port: "http", tcp: { backlog: 0, quik: true } }, {
      "web.prot": "web.yaml:2:3",
      "web.port": "web.yaml:3:3",
      "web.tcp": "web.yaml:4:3",
      "web.tcp.backlog": "web.yaml:5:5"
    })).toEqual([
      `web.yaml:2:3: web.prot: unknown key, did you mean "port"?`,
      `web.yaml:3:3: web.port: expected a whole number between 0 and 65535, got "http"`,
      `web.yaml:4:3: web.tcp.quik: unknown key, did you mean "quick"?`,
      `web.yaml:5:5: web.tcp.backlog: expected a whole number of 1 or more, got 0`
    ])
  })

  it("does not let one wrong text hide the wrong numbers beside it", () => {
    expect(faults({ port: "http", level: "loud", tcp: { backlog: 0, quick: "yes" } })).toEqual([
      `settings: web.port: expected a whole number between 0 and 65535, got "http"`,
      `settings: web.level: expected "info" | "debug", got "loud"`,
      `settings: web.tcp.backlog: expected a whole number of 1 or more, got 0`,
      `settings: web.tcp.quick: expected true or false, got "yes"`
    ])
  })

  it("lists the known keys when none is near", () => {
    expect(faults({ zzzzzz: 1 })).toEqual([
      "settings: web.zzzzzz: unknown key; known here: level, password, port, sinks, tcp"
    ])
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

  it("does not tell a leaf twice that could not even be read", () => {
    const prepared = Settings.prepare([Web], {
      value: { web: { port: "${PORT}" } },
      origins: new Map(),
      faults: [
        ...Settings.prepare([Web], tree({ port: "${PORT}" }, { "web.port": "web.yaml:1:1" })).faults
      ]
    })
    expect(prepared.faults).toHaveLength(1)
  })
})

it("reports a setting without effect only when somebody wrote it", () => {
  expect(Settings.notApplied([Web], tree({}, {}))).toEqual([])
  expect(Settings.notApplied([Web], tree({ tcp: { quick: true } }, { "web.tcp.quick": "web.yaml:6:5" }))).toEqual([
    { key: "web.tcp.quick", origin: "web.yaml:6:5", why: "Node has no such call" }
  ])
})

it("describes every setting with its default and environment names", () => {
  expect(Setting.describe("web", Web.config).map(({ default: value, env, path }) => [path.join("."), value, env]))
    .toEqual([
      ["web.port", 80, ["WEB_PORT"]],
      ["web.level", "info", undefined],
      ["web.password", undefined, undefined],
      ["web.sinks", [], undefined],
      ["web.tcp.backlog", 511, undefined],
      ["web.tcp.quick", false, undefined]
    ])
})
