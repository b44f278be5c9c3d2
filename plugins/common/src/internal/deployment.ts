/** The section `deployment` belongs to no plugin: it is decoded here and reaches the kernel as times. */
import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { getHeapStatistics } from "node:v8"
import { Deployment } from "../Deployment.ts"
import { advise } from "./deploymentAdvice.ts"

export const section: Settings.Section = { name: "deployment", config: Deployment }

const decode = (written: unknown, onExcessProperty: "error" | "ignore") =>
  Schema.decodeUnknownExit(Deployment)(written, { errors: "all", onExcessProperty })

const timingOf = ({ drain, start_timeout, termination_grace }: Deployment): Settings.Timing => ({
  startTimeout: start_timeout,
  lameDuck: drain.lame_duck,
  drain: {
    accept: drain.accept ?? drain.budget,
    requests: drain.requests ?? drain.budget,
    jobs: drain.jobs ?? drain.budget
  },
  close: drain.close ?? drain.budget,
  ...(termination_grace === undefined ? {} : { terminationGrace: termination_grace })
})

const policyOf = (policy: Deployment["plugins"][string]): Settings.FailurePolicy => ({
  onFailure: policy.on_failure,
  attempts: policy.attempts ?? defaults.attempts,
  initialBackoff: policy.initial_backoff ?? defaults.initialBackoff,
  maxBackoff: policy.max_backoff ?? defaults.maxBackoff
})

const defaults = { attempts: 5, initialBackoff: Duration.seconds(1), maxBackoff: Duration.seconds(30) }

const policiesOf = ({ plugins }: Deployment): Settings.SettingsTree["policies"] =>
  Object.fromEntries(Object.entries(plugins).map(([name, policy]) => [name, policyOf(policy)]))

/** The tree without the section, what it says put where the kernel looks for it. `sections` are those of the plugins. */
export const apply = (
  tree: Settings.SettingsTree,
  sections: ReadonlyArray<Settings.Section>
): Settings.SettingsTree => {
  const { deployment: _, ...value } = tree.value
  const { exit, faults } = Settings.decode(section, tree, decode)
  const all = { ...tree, value, faults: [...tree.faults, ...faults] }
  if (Exit.isFailure(exit)) return all
  const advice = [...tree.advice, ...advise(exit.value, sections, getHeapStatistics().heap_size_limit)]
  return { ...all, advice, timing: timingOf(exit.value), policies: policiesOf(exit.value) }
}
