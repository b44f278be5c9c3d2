/** Walks the guide's files: every key path has one entry, and what the entry says is true. */
import { describe, it } from "@effect/vitest"
import { type Setting, SettingsReference } from "@heptad/common"
import { plugins } from "@heptad/monolith"
import * as Yaml from "effect/encoding/Yaml"
import * as Predicate from "effect/Predicate"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { type Entry, rows } from "./guideKeys.ts"

const root = join(import.meta.dirname, "..")
const guide = join(root, "config/guide")

/** May only fall: a version that completes a key lowers it. */
const mostPending = 17

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

/** The path of every value; a list of plain values is one, and the items of other lists share one path. */
const paths = (value: unknown, at: string): ReadonlyArray<string> => {
  if (isList(value)) return value.some(Predicate.isObject) ? value.flatMap((item) => paths(item, `${at}[]`)) : [at]
  return Predicate.isObject(value)
    ? Object.entries(value).flatMap(([key, child]) => paths(child, at === "" ? key : `${at}.${key}`))
    : [at]
}

const written = readdirSync(guide).flatMap((file) => paths(Yaml.parse(readFileSync(join(guide, file), "utf8")), ""))
const keys = new Set(written)

const entries = rows.flatMap(([keys, entry]) => keys.map((key): readonly [string, Entry] => [key, entry]))
const having = <S extends Entry["status"]>(status: S) =>
  entries.flatMap(([key, entry]) => entry.status === status ? [key] : [])

const known = new Map(SettingsReference.all(plugins).map((setting) => [setting.path.join("."), setting]))

/** The setting that documents a key; for a name of a map, the map. */
const documented = (key: string): Setting.Description | undefined =>
  known.get(key) ?? known.get(key.replace(/\.\w+$/, ""))

/** What stands in quotes behind `it(`, on the same line or the next one; of a template, all of it. */
const titles = (source: string): ReadonlyArray<string> =>
  [...source.matchAll(/\bit(?:\.\w+)*\(\s*("[^"\n]*"|`[^`]*`)/g)].map(([, title = ""]) => title)

describe("the guide's keys", () => {
  it("are 169 paths of 187 values", () => {
    expect([written.length, keys.size]).toEqual([187, 169])
  })

  it("have one entry each, and no other key has one", () => {
    expect(entries.map(([key]) => key).toSorted()).toEqual([...keys].toSorted())
  })

  it("are documented settings, each with a description", () => {
    expect([...keys].filter((key) => (documented(key)?.description ?? "").length < 5)).toEqual([])
  })

  it.each(entries.flatMap(([key, entry]) => entry.status === "applied" ? [[key, entry] as const] : []))(
    "%s is applied, and a test proves it",
    (key, { file, test }) => {
      expect(titles(readFileSync(join(root, file), "utf8")).some((title) => title.includes(test))).toBe(true)
      expect(documented(key)?.notApplied).toBeUndefined()
    }
  )

  it("that have no effect say so in the settings", () => {
    expect([...having("pending"), ...having("no-op")].filter((key) => documented(key)?.notApplied === undefined))
      .toEqual([])
  })

  it("that are pending are of plugins, and become fewer", () => {
    const pending = having("pending")
    const counts = Object.fromEntries(
      (["applied", "equivalent", "platform", "no-op", "pending"] as const).map((
        status
      ) => [status, having(status).length])
    )
    console.log(`the guide's ${keys.size} keys: ${JSON.stringify(counts)}`)
    expect(pending.filter((key) => !plugins.some(({ name }) => key.startsWith(`${name}.`)))).toEqual([])
    expect(pending.length).toBeLessThanOrEqual(mostPending)
  })
})
