/** What the sample domain promises to whoever composes it. */
import { Contract } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { Orders } from "./Orders.ts"

export const OrdersContract = Contract.make({ name: "orders", manifest, services: [Orders] })
