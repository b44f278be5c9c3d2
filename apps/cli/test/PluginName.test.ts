import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { parse } from "../src/composition/PluginName.ts"

const parsed = (written: Parameters<typeof parse>[0]) =>
  Result.match(parse(written), {
    onFailure: (problem) => problem,
    onSuccess: (name) => name._tag === "KnownName" ? name.name : [name.package, name.wanted]
  })

it.each([
  ["database", "database"],
  ["@acme/billing@^1.2.0", ["@acme/billing", "^1.2.0"]],
  ["billing@1.x", ["billing", "1.x"]],
  [{ package: "@acme/billing", range: ">=1.0.0 <3.0.0" }, ["@acme/billing", ">=1.0.0 <3.0.0"]],
  ["@acme/billing", `"@acme/billing" needs a version range; write one such as "@acme/billing@^1.2.0"`],
  ["billing@latest", `"latest" is no version range; write one such as "billing@^1.2.0"`],
  ["./billing", `"./billing" is no name of a plugin or of an npm package`],
  ["file:///etc/passwd", `"file:///etc/passwd" is no name of a plugin or of an npm package`],
  ["../billing@^1.0.0", `"../billing" is no name of an npm package`],
  [{ package: "node:fs", range: "^1.0.0" }, `"node:fs" is no name of an npm package`],
  [{ package: "@acme/billing/../../x", range: "^1.0.0" }, `"@acme/billing/../../x" is no name of an npm package`]
])("%j", (written, expected) => {
  expect(parsed(written)).toEqual(expected)
})
