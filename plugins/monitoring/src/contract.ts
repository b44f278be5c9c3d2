/** What monitoring promises. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { Monitoring } from "./Monitoring.ts"

export const MonitoringContract = Contract.make({ name: "monitoring", manifest, services: [Monitoring] })
