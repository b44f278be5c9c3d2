import { Contract, MissingPlugin, Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { fromTable } from "./plugins.ts"

it("is told from every other value by what Plugin.make put on it", () => {
  const [plugin] = fromTable({ a: {} })
  expect(Plugin.isPlugin(plugin)).toBe(true)
  // Spread loses nothing that counts, so a plugin that somebody adapted is still one.
  expect(Plugin.isPlugin({ ...plugin, name: "b" })).toBe(true)
  expect([undefined, null, {}, "plugin", () => plugin, { name: "a", manifest: {} }].filter(Plugin.isPlugin)).toEqual([])
})

it("carries what its author notes for tools, and nothing otherwise", () => {
  const Owner = Context.Service<string>("owner")
  const contract = Contract.make({ name: "noted", manifest: { name: "noted", version: "1.0.0" }, services: [] })
  const definition = {
    manifest: { name: "noted", version: "1.0.0" },
    contract,
    requires: [],
    config: Schema.Struct({}),
    layer: () => Layer.empty
  }
  const noted = Plugin.make({ ...definition, annotations: Context.make(Owner, "team-a") })
  expect(Context.getOption(noted.annotations, Owner)).toEqual(Option.some("team-a"))
  expect(Context.getOption(Plugin.make(definition).annotations, Owner)).toEqual(Option.none())
})

it("says what to add for a missing contract where the list of plugins comes from somewhere that can say it", () => {
  const missing = { plugin: "orders", contract: "database", package: "@heptad/database" }
  expect(new MissingPlugin(missing).message).toBe(
    `"orders" requires the contract "database", which no plugin of this app keeps. Add a plugin that keeps it (contract of @heptad/database).`
  )
  expect(new MissingPlugin({ ...missing, add: `"database" to deployment.systems` }).message).toBe(
    `"orders" requires the contract "database", which no plugin of this app keeps. Add "database" to deployment.systems.`
  )
})
