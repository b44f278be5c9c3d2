/** The sample domain as a plugin: tables, queue, workers, routes. */
import { DatabaseContract, Migrations, MigrationSets } from "@heptad/database"
import { Plugin } from "@heptad/kernel"
import { NetworkContract, PermissionsContract } from "@heptad/network"
import { ThreadContract } from "@heptad/thread"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PersistedQueue from "effect/persistence/PersistedQueue"
import manifest from "../package.json" with { type: "json" }
import { OrdersConfig } from "./config.ts"
import { OrdersContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import * as InvoiceWorkers from "./internal/InvoiceWorkers.ts"
import * as SqlOrders from "./internal/SqlOrders.ts"
import * as InvoiceJob from "./InvoiceJob.ts"
import { migrations } from "./migrations.ts"
import { routes } from "./OrdersHandlers.ts"

const domain = Effect.fnUntraced(function*({ queue: settings }: OrdersConfig) {
  const queue = yield* InvoiceJob.queue(settings.max_attempts)
  const workers = Layer.effectDiscard(InvoiceWorkers.run(queue, settings.workers, settings.max_attempts))
  return Layer.mergeAll(routes, workers, InvoiceJob.cleanup).pipe(Layer.provideMerge(SqlOrders.layer(queue)))
})

/**
 * A job whose worker was killed is taken again when its lock has expired. Ten seconds are long for a PDF of 20 ms and short
 * for somebody who waits; a process that stalls longer lets the job run twice, which stores nothing twice.
 */
const store = ({ queue }: OrdersConfig) =>
  PersistedQueue.layerStoreSql({
    tableName: "orders_queue",
    pollInterval: queue.poll_interval,
    lockRefreshInterval: "3 seconds",
    lockExpiration: "10 seconds"
  })

export const OrdersPlugin = Plugin.make({
  manifest,
  contract: OrdersContract,
  requires: [DatabaseContract, NetworkContract, PermissionsContract, ThreadContract],
  config: OrdersConfig,
  paths: ["/orders", "/docs", "/openapi.json"],
  explanations,
  annotations: MigrationSets.with(migrations),
  layer: (config) =>
    Layer.unwrap(domain(config)).pipe(
      Layer.provide(PersistedQueue.layer),
      Layer.provide(store(config)),
      Layer.provide(Layer.effectDiscard(Migrations.use(({ ensure }) => ensure(migrations))))
    )
})
