/** What thread promises. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { ThreadPool } from "./ThreadPool.ts"

export const ThreadContract = Contract.make({ name: "thread", manifest, services: [ThreadPool] })
