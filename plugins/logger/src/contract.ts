/** What the logger promises. Records reach it through Effect's logger references, so there is no service to log with. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { LogControl } from "./LogControl.ts"

export const LoggerContract = Contract.make({ name: "logger", manifest, services: [LogControl] })
