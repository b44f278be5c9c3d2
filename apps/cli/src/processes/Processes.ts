/** That the app runs as several processes: where they serve. For the start screen. */
import { Contract } from "@heptad/kernel"
import * as Context from "effect/Context"
import manifest from "../../package.json" with { type: "json" }

export class Processes extends Context.Service<Processes, {
  readonly count: number
  /** `http://127.0.0.1:8080` */
  readonly url: string
}>()("@heptad/cli/Processes") {}

export const ProcessesContract = Contract.make({ name: "processes", manifest, services: [Processes] })
