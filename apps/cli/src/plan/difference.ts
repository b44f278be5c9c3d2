/** Pure: what changing from one composition with its settings to another does to each plugin, and which keys cause it. */
import { type Change, type Plan, settingsDiff } from "@heptad/kernel"

export interface PluginDifference {
  /** `deployment` stands for the app as a whole. */
  readonly name: string
  readonly effect: "added" | "removed" | "restart" | "reload" | "no-op"
  readonly changes: ReadonlyArray<Change>
}

const namesOf = ({ waves }: Plan.Checked): ReadonlyArray<string> => waves.flat().map(({ name }) => name)

const effectOf = (changes: ReadonlyArray<Change>): PluginDifference["effect"] =>
  changes.length === 0 ? "no-op" : changes.every(({ reloadable }) => reloadable) ? "reload" : "restart"

/** In the order of their start; who goes comes last. */
export const difference = (before: Plan.Checked, after: Plan.Checked): ReadonlyArray<PluginDifference> => {
  const byPlugin = Map.groupBy(settingsDiff(before.tree, after.tree), ({ plugin }) => plugin)
  const [old, now] = [namesOf(before), namesOf(after)]
  const stays = ["deployment", ...now].map((name): PluginDifference => {
    const changes = byPlugin.get(name) ?? []
    const added = name !== "deployment" && !old.includes(name)
    return { name, effect: added ? "added" : effectOf(changes), changes }
  })
  const goes = old.filter((name) => !now.includes(name))
  return [...stays, ...goes.map((name): PluginDifference => ({ name, effect: "removed", changes: [] }))]
}
