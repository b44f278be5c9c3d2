/** The domain on a real database of its own, without HTTP: service, queue and workers. */
import { TestDatabase } from "@heptad/database/testing"
import { Lifecycle } from "@heptad/kernel"
import { ThreadPool } from "@heptad/thread"
import { layerMemory } from "@heptad/thread/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PersistedQueue from "effect/persistence/PersistedQueue"
import * as InvoiceWorkers from "../src/internal/InvoiceWorkers.ts"
import * as SqlOrders from "../src/internal/SqlOrders.ts"
import * as InvoiceJob from "../src/InvoiceJob.ts"
import { migrations } from "../src/migrations.ts"

const store = PersistedQueue.layerStoreSql({ tableName: "orders_queue", pollInterval: "20 millis" })

/** Drain hooks are remembered and never run. */
const lifecycle = Layer.mock(Lifecycle)({ onDrain: () => Effect.void })

const domain = (workers: number, pool: Layer.Layer<ThreadPool>, maxAttempts = 10) =>
  Layer.unwrap(
    Effect.map(InvoiceJob.queue(maxAttempts), (queue) =>
      Layer.effectDiscard(InvoiceWorkers.run(queue, workers, maxAttempts)).pipe(
        Layer.provideMerge(SqlOrders.layer(queue))
      ))
  ).pipe(
    Layer.provide([lifecycle, pool]),
    Layer.provideMerge(PersistedQueue.layer),
    Layer.provideMerge(store),
    Layer.provideMerge(TestDatabase.layerMigrated(migrations))
  )

/** Accepts orders; nobody makes invoices. */
export const withoutWorkers = domain(0, layerMemory)

export const withWorkers = domain(2, layerMemory)

/** A pool whose first `failures` computing jobs fail. */
export const failingFirst = (failures: number, maxAttempts?: number) =>
  domain(
    1,
    Layer.effect(
      ThreadPool,
      Effect.map(ThreadPool, (pool) => {
        let left = failures
        return ThreadPool.of({
          ...pool,
          compute: (task, input, options) => left-- > 0 ? Effect.die("planted") : pool.compute(task, input, options)
        })
      })
    ).pipe(Layer.provide(layerMemory)),
    maxAttempts
  )
