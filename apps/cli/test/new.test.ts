import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { readFileSync } from "node:fs"
import { expect } from "vitest"
import { parse } from "../src/new/PackageName.ts"
import { ensureFits, fill, read } from "../src/new/Template.ts"
import { tools } from "../src/new/versions.ts"
import { prepare, write } from "../src/new/write.ts"

const named = (text: string) => Result.getOrThrow(parse(text))

describe("the name of a package", () => {
  it("gives the spellings of folder, classes and settings", () => {
    expect(named("rate-cards")).toEqual({
      scope: undefined,
      kebab: "rate-cards",
      pascal: "RateCards",
      snake: "rate_cards"
    })
    expect(named("@acme/billing2")).toEqual({
      scope: "@acme",
      kebab: "billing2",
      pascal: "Billing2",
      snake: "billing2"
    })
  })

  const spelling = `write lower-case letters, digits and single hyphens, a letter first, as in "rate-cards"`
  const reserved = "it is reserved, because the settings have a section of that name already; choose another one"
  it.each([
    ["", spelling],
    ["Billing", spelling],
    ["1st", spelling],
    ["a--b", spelling],
    ["a-", spelling],
    [".hidden", spelling],
    ["../escape", spelling],
    ["@acme", spelling],
    ["@acme/", spelling],
    ["@Acme/billing", spelling],
    ["a/b/c", spelling],
    ["network", reserved],
    ["@acme/network", reserved],
    ["deployment", reserved],
    ["crypto", `Node has a module of that name; choose another one, or add a scope, as in "@acme/crypto"`],
    ["a".repeat(41), "a name has at most 40 characters, a scope 100"],
    [`@${"a".repeat(100)}/b`, "a name has at most 40 characters, a scope 100"]
  ])("is not %j", (name, problem) => {
    const refused = Result.getOrThrow(Result.flip(parse(name)))
    expect(refused.message).toBe(`"${name}" cannot be the name: ${problem}.`)
  })

  it("may be that of a Node module below a scope", () => {
    expect(named("@acme/crypto").pascal).toBe("Crypto")
  })
})

it("checks a package that stands alone with the versions that this repository uses", () => {
  const root = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))
  expect(root.devDependencies).toMatchObject(tools)
})

layer(NodeServices.layer)("the template", (it) => {
  it.effect("has no class that the files import or that JavaScript has", () =>
    Effect.gen(function*() {
      const template = yield* read("plugin")
      const problem = (name: string) =>
        Result.match(ensureFits(template, named(name)), { onFailure: ({ message }) => message, onSuccess: () => "" })
      const taken = (name: string, pascal: string) =>
        `"${name}" cannot be the name: its class would be ${pascal}, which is taken; choose another one.`
      assert.strictEqual(problem("effect"), taken("effect", "Effect"))
      assert.strictEqual(problem("live-settings"), taken("live-settings", "LiveSettings"))
      assert.strictEqual(problem("setting-types"), taken("setting-types", "SettingTypes"))
      assert.strictEqual(problem("map"), taken("map", "Map"))
      assert.strictEqual(problem("rate-cards"), "")
    }))

  it.effect("keeps nothing of its own name, and a name that contains it stays whole", () =>
    Effect.gen(function*() {
      for (const kind of ["plugin", "app"] as const) {
        const template = yield* read(kind)
        assert.notMatch(JSON.stringify(fill(template, named("zeta"), "zeta")), /sample/i)
        const text = JSON.stringify(fill(template, named("sample-set"), "@acme/sample-set"))
        assert.notMatch(text.replaceAll(/@acme\/sample-set|sample-set|SampleSet|SAMPLE_SET|sample_set/g, ""), /sample/i)
      }
    }))
})

layer(NodeServices.layer)("a new package", (it) => {
  /** A folder that looks like this repository from inside, and one beside it. */
  const folders = Effect.gen(function*() {
    const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
    const outside = yield* fs.realPath(yield* fs.makeTempDirectoryScoped())
    const root = path.join(outside, "heptad")
    yield* fs.makeDirectory(path.join(root, "apps", "orders"), { recursive: true })
    yield* fs.writeFileString(path.join(root, "package.json"), `{"name":"heptad","workspaces":["plugins/*","apps/*"]}`)
    yield* fs.writeFileString(path.join(root, "apps", "orders", "package.json"), "{}")
    return { fs, outside, root, path }
  })

  it.effect("belongs to the repository below plugins and apps, and stands alone everywhere else", () =>
    Effect.gen(function*() {
      const { outside, path, root } = yield* folders
      const whereAndHow = (kind: "plugin" | "app", folder: string) =>
        Effect.map(prepare(kind, "billing", folder), ({ form, name }) => ({ form, name }))
      const house = { form: "house", name: "@heptad/billing" }
      const alone = { form: "alone", name: "billing" }
      assert.deepStrictEqual(yield* whereAndHow("plugin", path.join(root, "plugins/billing")), house)
      assert.deepStrictEqual(yield* whereAndHow("app", path.join(root, "apps/billing")), house)
      assert.deepStrictEqual(yield* whereAndHow("plugin", path.join(root, "apps/billing")), alone)
      assert.deepStrictEqual(yield* whereAndHow("plugin", path.join(outside, "billing")), alone)
    }))

  it.effect("overwrites nothing: not a folder with something in it, not a file, not a package of the same name", () =>
    Effect.gen(function*() {
      const { fs, outside, path, root } = yield* folders
      const refusal = (kind: "plugin" | "app", name: string, folder: string) =>
        Effect.map(Effect.flip(prepare(kind, name, folder)), ({ message }) => message)
      const taken = (folder: string) =>
        `${folder} is there already, and not an empty folder. Choose another name, or another folder with --dir.`
      yield* fs.writeFileString(path.join(outside, "file"), "")
      assert.strictEqual(yield* refusal("plugin", "billing", root), taken(root))
      assert.strictEqual(
        yield* refusal("plugin", "billing", path.join(outside, "file")),
        taken(path.join(outside, "file"))
      )
      assert.strictEqual(
        yield* refusal("plugin", "orders", path.join(root, "plugins/orders")),
        taken(path.join(root, "apps/orders"))
      )
    }))

  it.effect("may go into an empty folder, and is complete there", () =>
    Effect.gen(function*() {
      const { fs, outside, path } = yield* folders
      const folder = path.join(outside, "billing")
      yield* fs.makeDirectory(folder)
      const made = yield* prepare("plugin", "billing", folder)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      yield* write(made)
      for (const [file, content] of made.files) {
        assert.strictEqual(yield* fs.readFileString(path.join(folder, file)), content)
      }
    }))

  it.effect("says which file could not be written", () =>
    Effect.gen(function*() {
      const { fs, outside, path } = yield* folders
      const folder = path.join(outside, "billing")
      const made = yield* prepare("plugin", "billing", folder)
      yield* fs.makeDirectory(path.join(folder, "README.md"), { recursive: true })
      const { file, message } = yield* Effect.flip(write(made))
      assert.strictEqual(file, path.join(folder, "README.md"))
      assert.match(message, /could not be written: .* Remove the folder when the reason is gone, and try again\.$/)
    }))
})
