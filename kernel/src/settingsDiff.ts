/** Pure: what differs between two versions of the settings, and which plugins must restart for it. */
import type { Leaf, SettingsTree } from "./Settings.ts"

export interface Change {
  readonly key: string
  /** The section, which is the plugin's name. */
  readonly plugin: string
  /** Applied in place; otherwise the plugin needs a restart. */
  readonly reloadable: boolean
  /** As text; `<secret>` for secrets. */
  readonly before: string
  readonly after: string
  /** Where the new value stands. */
  readonly origin: string
}

const secret = "<secret>"

/** A value as a person reads it. */
export const show = ({ secret: hidden, value }: Pick<Leaf, "secret" | "value">): string =>
  value === undefined ? "not set" : hidden ? secret : typeof value === "string" ? value : JSON.stringify(value)

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const leafChanges = (before: SettingsTree, after: SettingsTree): ReadonlyArray<Change> => {
  const old = new Map(before.settings.map((leaf) => [leaf.key, leaf]))
  return after.settings.flatMap((leaf) => {
    const was = old.get(leaf.key)
    if (was === undefined || same(was.value, leaf.value)) return []
    const { key, origin = "default", plugin, reloadable } = leaf
    return [{ key, plugin, reloadable, before: show(was), after: show(leaf), origin }]
  })
}

/** Settings that no Schema documents one by one: their section as a whole. */
const sectionChanges = (before: SettingsTree, after: SettingsTree, told: ReadonlySet<string>): ReadonlyArray<Change> =>
  [...new Set([...Object.keys(before.value), ...Object.keys(after.value)])].flatMap((plugin) =>
    told.has(plugin) || same(before.value[plugin], after.value[plugin]) ? [] : [{
      key: plugin,
      plugin,
      reloadable: false,
      before: "another value",
      after: "changed",
      origin: after.origins.get(plugin) ?? "default"
    }]
  )

/** By key, in the order of the sections. */
export const diff = (before: SettingsTree, after: SettingsTree): ReadonlyArray<Change> => {
  const changes = leafChanges(before, after)
  const documented = new Set(after.settings.map(({ plugin }) => plugin))
  return [...changes, ...sectionChanges(before, after, documented)]
}
