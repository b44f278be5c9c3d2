/** The durable job between accepting an order and its invoice. */
import * as PersistedQueue from "effect/persistence/PersistedQueue"
import * as Schema from "effect/Schema"
import { OrderId } from "./Order.ts"

export const InvoiceJob = Schema.Struct({ order_id: OrderId })

/** The queue lives in the database of the orders, so offering joins the transaction that stores the order. */
export const queue = (maxAttempts: number) => PersistedQueue.make({ name: "invoices", schema: InvoiceJob, maxAttempts })

/** Finished jobs are of no use: an order offers its job once. The day is for whoever asks what happened. */
export const cleanup = PersistedQueue.layerCleanup({ interval: "1 hour", timeToLive: "1 day" })

export type InvoiceQueue = PersistedQueue.PersistedQueue<typeof InvoiceJob.Type>
