/** What sample promises. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { Sample } from "./Sample.ts"

export const SampleContract = Contract.make({
  name: "sample",
  manifest,
  services: [Sample]
})
