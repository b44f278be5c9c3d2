/** What the container system promises. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { Codecs } from "./Codecs.ts"

export const ContainerContract = Contract.make({ name: "container", manifest, services: [Codecs] })
