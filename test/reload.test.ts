/**
 * Every setting that says that it changes without a restart is proven: a test of a plugin's `reload*.test.ts` has its key at
 * the start of its title, changes it in a running kernel and observes the effect.
 */
import { Setting } from "@heptad/common"
import { plugins } from "@heptad/monolith"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")

const files = globSync(["plugins/*/test/reload*.test.ts", "apps/*/test/reload*.test.ts"], { cwd: root })

const texts = files.map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))

/** The key begins a title, or stands in the table that titles are made of. */
const proofOf = (key: string): string | undefined =>
  texts.find(({ text }) => text.includes(`"${key}: `) || text.includes(`"${key}"`))?.file

const settings = Setting.describeAll(plugins).map(({ path, reloadable = false }) => ({
  key: path.join("."),
  reloadable
}))

describe("a setting that changes without a restart", () => {
  for (const { key } of settings.filter(({ reloadable }) => reloadable)) {
    it(`${key} has a test that changes it in a running app`, () => {
      expect(proofOf(key), `no reload*.test.ts has a test called "${key}: ..."`).toBeDefined()
    })
  }
})

it("nothing is proven that the settings do not promise", () => {
  const titles = texts.flatMap(({ text }) =>
    [...text.matchAll(/"((?:[a-z_]+\.)+[a-z_]+)(?:: |",)/g)].map(([, key]) => key)
  )
  const keys = new Set(settings.map(({ key }) => key))
  const promised = new Set(settings.filter(({ reloadable }) => reloadable).map(({ key }) => key))
  expect(titles.filter((title) => title !== undefined && keys.has(title) && !promised.has(title))).toEqual([])
})
