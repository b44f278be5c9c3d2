/** Pure: `monitoring.health.checks` of the settings, and what of it cannot be obeyed. */
import type { HealthResult } from "@heptad/common"
import type { ProbeCheck } from "../config.ts"
import { eventLoopCheck, type NamedChecks } from "./health.ts"

const namesOf = (entries: ReadonlyArray<ProbeCheck>, name: ProbeCheck["name"]) => [
  ...new Set(entries.filter((entry) => entry.name === name).flatMap(({ checks = [] }) => checks))
]

export const namedChecks = (entries: ReadonlyArray<ProbeCheck>): NamedChecks => ({
  liveness: namesOf(entries, "liveness"),
  readiness: namesOf(entries, "readiness")
})

const key = "monitoring.health.checks"

const missing = (named: NamedChecks, results: ReadonlyArray<HealthResult>) => {
  const known = [eventLoopCheck, ...results.map((result) => result.name)]
  return [...new Set([...named.liveness, ...named.readiness])]
    .filter((name) => !known.includes(name))
    .map((name) =>
      `${key} names "${name}", which no plugin registered: it is left out of the verdict. ` +
      `Remove the name, or add the plugin that registers it (known: ${known.join(", ")}).`
    )
}

/** A restart does not cure what is outside of the process. */
const notLiveness = (named: NamedChecks, results: ReadonlyArray<HealthResult>) =>
  results
    .filter((result) => result.kind !== "liveness" && named.liveness.includes(result.name))
    .map(({ name }) =>
      `${key} names "${name}" for liveness, but it is a readiness check: it is left out of liveness. ` +
      `Name it under readiness.`
    )

/** One sentence for each name that does not count, told once the app runs and every check is registered. */
export const complaints = (
  entries: ReadonlyArray<ProbeCheck>,
  results: ReadonlyArray<HealthResult>
): ReadonlyArray<string> => {
  const named = namedChecks(entries)
  return [...missing(named, results), ...notLiveness(named, results)]
}
