import { MissingPlugin, Plugin } from "@heptad/kernel"
import { expect, it } from "vitest"
import { fromTable } from "./plugins.ts"

it("is told from every other value by what Plugin.make put on it", () => {
  const [plugin] = fromTable({ a: {} })
  expect(Plugin.isPlugin(plugin)).toBe(true)
  // Spread loses nothing that counts, so a plugin that somebody adapted is still one.
  expect(Plugin.isPlugin({ ...plugin, name: "b" })).toBe(true)
  expect([undefined, null, {}, "plugin", () => plugin, { name: "a", manifest: {} }].filter(Plugin.isPlugin)).toEqual([])
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
