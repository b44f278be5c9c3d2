/** Looks at everything, tells every finding, and ends with 1 when one is a fault. */
import { CommonConfig } from "@heptad/common"
import { Kernel, Plan, type Settings } from "@heptad/kernel"
import { NetworkConfig } from "@heptad/network"
import { ThreadConfig } from "@heptad/thread"
import { autoSize, cpus } from "@heptad/thread/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { availableParallelism } from "node:os"
import manifest from "../../package.json" with { type: "json" }
import { Answered } from "../Answered.ts"
import { composeAll, type Composition, within } from "../composition/compose.ts"
import type { Given as Settled } from "../settingsFlags.ts"
import { table } from "../table.ts"
import * as dataDirectory from "./dataDirectory.ts"
import type { Finding, Verdict } from "./Finding.ts"
import * as limits from "./limits.ts"
import * as machine from "./machine.ts"
import { node } from "./node.ts"
import { installed, oneEffect } from "./packages.ts"
import * as resources from "./resources.ts"
import * as ofSettings from "./settings.ts"

interface Given extends Settled {
  readonly json: boolean
}

const Sections = Schema.Struct({ common: CommonConfig, network: NetworkConfig, thread: ThreadConfig })
const decode = Schema.decodeUnknownEffect(Sections)

/** What needs no settings. */
const installation = ({ plugins }: Composition): ReadonlyArray<Finding> => {
  const { inotify } = machine.limits()
  const { heapLimit, limit } = machine.memory()
  return [
    node(process.versions.node, manifest.engines.node),
    oneEffect(installed(plugins)),
    resources.memory(limit, heapLimit),
    limits.inotify(inotify.instances, inotify.watches)
  ]
}

/** What the settings ask of the machine. */
const demands = Effect.fnUntraced(function*(tree: Settings.SettingsTree) {
  const { common, network: { tcp }, thread } = yield* Effect.orDie(decode({ thread: {}, ...tree.value }))
  const { process, somaxconn } = machine.limits()
  const folder = machine.folder((yield* Path.Path).resolve(common.data_dir))
  const granted = cpus()
  return [
    resources.cpus(granted, availableParallelism(), thread.pool_size, autoSize(granted, thread.workload)),
    limits.openFiles(limits.openFilesOf(process), tcp.max_connections),
    limits.backlog(somaxconn, tcp.backlog),
    dataDirectory.folder(folder),
    dataDirectory.disk(folder)
  ]
})

/** With a fault in the settings nobody knows what they ask for: then only the faults are told. */
const asked = Effect.fnUntraced(function*(composition: Composition) {
  const checked = yield* Effect.result(within(composition)(Kernel.check(composition.plugins)))
  if (Result.isFailure(checked)) return ofSettings.faults(checked.failure)
  return [...yield* demands(checked.success.tree), ...ofSettings.advice(Plan.make(checked.success))]
})

const verdicts: Readonly<Record<Verdict, string>> = { ok: "ok", warn: "WARN", fault: "FAULT" }

const sentence = (findings: ReadonlyArray<Finding>): string => {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length
  return `${findings.length} findings: ${count("ok")} ok, ${count("warn")} to look at, ${count("fault")} at fault.`
}

export const run = Effect.fnUntraced(function*({ json, ...given }: Given) {
  const composition = yield* composeAll(given)
  const findings = [...installation(composition), ...yield* asked(composition)]
  const lines = table(
    ["check", "", "found"],
    findings.map(({ check, told, verdict }) => [check, verdicts[verdict], told])
  )
  yield* Console.log(json ? JSON.stringify(findings, null, 2) : lines.join("\n"))
  yield* Console.error(sentence(findings))
  if (findings.some(({ verdict }) => verdict === "fault")) return yield* new Answered({ exitCode: 1 })
})
