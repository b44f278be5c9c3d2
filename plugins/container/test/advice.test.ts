import { ContainerPlugin } from "@heptad/container/plugin"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"

const told = (section: unknown) =>
  Exit.map(ContainerPlugin.prepare(section, "error"), ({ advice }) => advice.map(({ message }) => message))

it("tells which format and which compression something else stands in for", () => {
  expect(told({ default_format: "binary", compression: { algorithm: "lz4" } })).toEqual(Exit.succeed([
    "setting not applied: container.default_format: this version has no binary codec; messagepack is used",
    "setting not applied: container.compression.algorithm: lz4 is not in Node; zstd is used"
  ]))
})

it("tells nothing about what is done, or not asked for", () => {
  expect(told({ default_format: "json", compression: { algorithm: "zstd" } })).toEqual(Exit.succeed([]))
  expect(told({ compression: { algorithm: "lz4", enabled: false } })).toEqual(Exit.succeed([]))
  expect(told({})).toEqual(Exit.succeed([]))
})
