import { Setting, SettingTypes } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"

const web: Settings.Section = {
  name: "web",
  config: Setting.section({
    port: Setting.field(SettingTypes.Port, 80, { description: "Port.", env: ["WEB_PORT"] }),
    level: Setting.field(Schema.Literals(["info", "debug"]), "info", { description: "Level." }),
    password: Setting.optional(SettingTypes.Secret, { description: "Password.", secret: true }),
    tcp: Setting.section({
      backlog: Setting.field(SettingTypes.int(1), 511, { description: "Backlog." }),
      quick: Setting.field(SettingTypes.Boolean, false, { description: "Quick.", notApplied: "Node has no such call" }),
      share: Setting.field(SettingTypes.Boolean, false, { description: "Share.", platform: ["linux", "freebsd"] })
    })
  })
}

const Socket = Schema.Struct({
  kind: Setting.item(Schema.Literal("socket"), { description: "Kind." }),
  key: Setting.optional(SettingTypes.Secret, { description: "Key." }),
  limits: Setting.optional(
    Schema.Struct({ size: Setting.optional(SettingTypes.Bytes, { description: "Size.", unit: "bytes" }) }),
    { description: "Limits." }
  )
})

const Pipe = Schema.Struct({
  kind: Setting.item(Schema.Literal("pipe"), { description: "Kind." }),
  path: Setting.item(Schema.NonEmptyString, { description: "Path." })
})

/** Has settings inside the items of a list and of a map. */
const hub: Settings.Section = {
  name: "hub",
  config: Setting.section({
    outputs: Setting.field(Schema.Array(Schema.Union([Socket, Pipe])), [], { description: "Outputs." }),
    users: Setting.field(
      Schema.Record(Schema.String, Schema.Struct({ age: Setting.item(SettingTypes.int(0), { description: "Age." }) })),
      {},
      { description: "Users." }
    ),
    ports: Setting.field(SettingTypes.list(SettingTypes.Port), [1], { description: "Ports." })
  })
}

const config = Setting.section({
  port: Setting.field(SettingTypes.Port, 80, { description: "Port." }),
  level: Setting.field(Schema.Literals(["info", "debug"]), "info", { description: "Level." }),
  tcp: Setting.section({
    backlog: Setting.field(SettingTypes.int(1), 511, { description: "Backlog." }),
    quick: Setting.field(SettingTypes.Boolean, false, { description: "Quick." })
  })
})

const faults = (written: unknown) => {
  const tree = { ...Settings.empty, value: { web: written } }
  return Settings.decode(
    { name: "web", config },
    tree,
    (section, onExcessProperty) => Schema.decodeUnknownExit(config)(section, { errors: "all", onExcessProperty })
  ).faults.map((fault) => fault.message)
}

it("gives every setting of an absent group its default", () => {
  expect(Schema.decodeExit(config)({})).toEqual(
    Exit.succeed({ port: 80, level: "info", tcp: { backlog: 511, quick: false } })
  )
})

it("does not let one wrong text hide the wrong numbers beside it", () => {
  expect(faults({ port: "http", level: "loud", tcp: { backlog: 0, quick: "yes" } })).toEqual([
    `settings: web.port: expected a whole number between 0 and 65535, got "http"`,
    `settings: web.level: expected "info" | "debug", got "loud"`,
    `settings: web.tcp.backlog: expected a whole number of 1 or more, got 0`,
    `settings: web.tcp.quick: expected true or false, got "yes"`
  ])
})

it("describes every setting with its default and environment names", () => {
  expect(Setting.describeAll([web]).map(({ default: value, env, path }) => [path.join("."), value, env])).toEqual([
    ["web.port", 80, ["WEB_PORT"]],
    ["web.level", "info", undefined],
    ["web.password", undefined, undefined],
    ["web.tcp.backlog", 511, undefined],
    ["web.tcp.quick", false, undefined],
    ["web.tcp.share", false, undefined]
  ])
})

it("reports a setting without effect only when somebody wrote it", () => {
  expect(Setting.notApplied([web], Settings.empty, "linux")).toEqual([])
  expect(Setting.notApplied([web], { origins: new Map([["web.tcp.quick", "web.yaml:6:5"]]) }, "linux")).toEqual([
    { key: "web.tcp.quick", origin: "web.yaml:6:5", why: "Node has no such call" }
  ])
})

it("tells a setting that needs another operating system where somebody wrote it", () => {
  const tree = { origins: new Map([["web.tcp.share", "web.yaml:7:5"]]) }
  expect(Setting.notApplied([web], tree, "freebsd")).toEqual([])
  expect(Setting.notApplied([web], tree, "darwin")).toEqual([
    { key: "web.tcp.share", origin: "web.yaml:7:5", why: "needs linux or freebsd, this is darwin" }
  ])
})

it("documents what stands inside the items of lists and maps, each once", () => {
  const told = Setting.reference([hub]).map((setting) => [
    setting.path.join("."),
    Setting.typeOf(setting),
    setting.required()
  ])
  expect(told).toEqual([
    ["hub.outputs", "list of group", false],
    ["hub.outputs[].kind", "socket or pipe", true],
    ["hub.outputs[].key", "text", false],
    ["hub.outputs[].limits", "group", false],
    ["hub.outputs[].limits.size", "size", false],
    ["hub.outputs[].path", "text", true],
    ["hub.users", "map of group", false],
    ["hub.users.<name>.age", "whole number of 0 or more", true],
    ["hub.ports", "list of whole number between 0 and 65535 or text with commas", false]
  ])
})

it("names what one text can set by its path, after its own names, and leaves lists of groups to files", () => {
  expect(Setting.describeAll([web, hub]).map(({ names }) => names)).toEqual([
    ["WEB_PORT", "UNIFIED_WEB_PORT"],
    ["UNIFIED_WEB_LEVEL"],
    ["UNIFIED_WEB_PASSWORD"],
    ["UNIFIED_WEB_TCP_BACKLOG"],
    ["UNIFIED_WEB_TCP_QUICK"],
    ["UNIFIED_WEB_TCP_SHARE"],
    [],
    [],
    ["UNIFIED_HUB_PORTS"]
  ])
})

it("hides a list as a whole when something in its items is secret", () => {
  const value = { hub: { outputs: [{ kind: "socket", key: "planted" }], users: { ann: { age: 4 } } } }
  const leaves = Setting.leaves([hub], { value, origins: new Map() })
  expect(leaves.map(({ key, secret }) => [key, secret])).toEqual([
    ["hub.outputs", true],
    ["hub.users", false],
    ["hub.ports", false]
  ])
})
