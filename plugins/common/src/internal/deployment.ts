/** The section `deployment` belongs to no plugin: it is decoded here and reaches the kernel as times. */
import { Settings } from "@heptad/kernel"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { Deployment } from "../Deployment.ts"

export const section: Settings.Section = { name: "deployment", config: Deployment }

const decode = (written: unknown, onExcessProperty: "error" | "ignore") =>
  Schema.decodeUnknownExit(Deployment)(written, { errors: "all", onExcessProperty })

const timingOf = (exit: ReturnType<typeof decode>): Settings.Timing => {
  if (Exit.isFailure(exit)) return Settings.empty.timing
  const { drain, start_timeout } = exit.value
  return { startTimeout: start_timeout, lameDuck: drain.lame_duck, drainBudget: drain.budget }
}

/** The tree without the section, its faults and its times put where the kernel looks for them. */
export const apply = (tree: Settings.SettingsTree): Settings.SettingsTree => {
  const { deployment: _, ...value } = tree.value
  const { exit, faults } = Settings.decode(section, tree, decode)
  return { ...tree, value, faults: [...tree.faults, ...faults], timing: timingOf(exit) }
}
