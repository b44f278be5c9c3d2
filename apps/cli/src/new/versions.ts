/** Version ranges for a new package: what this command is installed with, so that what it writes fits what is there. */
import common from "@heptad/common/package.json" with { type: "json" }
import kernel from "@heptad/kernel/package.json" with { type: "json" }
import logger from "@heptad/logger/package.json" with { type: "json" }
import monitoring from "@heptad/monitoring/package.json" with { type: "json" }
import network from "@heptad/network/package.json" with { type: "json" }
import own from "../../package.json" with { type: "json" }

const installed = [common, kernel, logger, monitoring, network]

export type Versions = Readonly<Record<string, string>>

/** Ours in the range that is compatible with the installed version, Effect in the range that this command accepts. */
export const ranges: Versions = {
  ...Object.fromEntries(installed.map(({ name, version }) => [name, `^${version}`])),
  "@effect/platform-node": own.dependencies["@effect/platform-node"],
  effect: own.peerDependencies.effect
}

/** What a package that stands alone is checked and tested with; this repository uses the same. */
export const tools: Versions = {
  "@effect/vitest": "4.0.5",
  "@types/node": "26.6.6",
  typescript: "7.0.2",
  vitest: "5.1.1"
}
