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
      quick: Setting.field(SettingTypes.Boolean, false, { description: "Quick.", notApplied: "Node has no such call" })
    })
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
    ["web.tcp.quick", false, undefined]
  ])
})

it("reports a setting without effect only when somebody wrote it", () => {
  expect(Setting.notApplied([web], Settings.empty)).toEqual([])
  expect(Setting.notApplied([web], { origins: new Map([["web.tcp.quick", "web.yaml:6:5"]]) })).toEqual([
    { key: "web.tcp.quick", origin: "web.yaml:6:5", why: "Node has no such call" }
  ])
})
