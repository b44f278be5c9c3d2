/** What common promises. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { DataDirectory } from "./DataDirectory.ts"
import { ErrorDetail } from "./ErrorDetail.ts"
import { ErrorRegistry } from "./ErrorRegistry.ts"
import { EventBus } from "./EventBus.ts"
import { FeatureFlags } from "./FeatureFlags.ts"
import { HealthRegistry } from "./HealthRegistry.ts"
import { Pressure } from "./Pressure.ts"

export const CommonContract = Contract.make({
  name: "common",
  manifest,
  services: [DataDirectory, ErrorDetail, ErrorRegistry, EventBus, FeatureFlags, HealthRegistry, Pressure]
})
