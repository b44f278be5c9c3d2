/**
 * Takes invoice jobs from the durable queue, has a worker thread draw the PDF, and stores it. A job may run twice (a
 * crash, a lapsed lock): the primary key of the invoices makes the second run store nothing.
 */
import { Lifecycle } from "@heptad/kernel"
import { ComputeTask, ThreadPool } from "@heptad/thread"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { InvoiceJob, InvoiceQueue } from "../InvoiceJob.ts"
import { invoiceAttemptsFailed, invoiceJobsSetAside, invoicesMade } from "../metrics.ts"
import { OrderLine } from "../Order.ts"
import * as OrderRows from "./OrderRows.ts"

const InvoiceInput = Schema.Struct({
  id: Schema.String,
  customer: Schema.String,
  createdAt: Schema.String,
  totalCents: Schema.Int,
  lines: Schema.Array(Schema.Struct(OrderLine.fields))
})

const drawInvoice = ComputeTask.make({
  module: new URL("./invoice.ts", import.meta.url),
  name: "renderInvoice",
  input: InvoiceInput,
  output: Schema.Uint8Array
})

/** Waits after a job that failed, so that a database that is away is not asked in a tight loop. */
const pauseAfterFailure = "1 second"

/** The job that a worker has; idle workers have none. */
interface Taken {
  readonly order: string
  /** From 1. */
  readonly attempt: number
}

/** Starts `count` workers; they stop taking jobs when the app drains and finish the one they have. */
export const run = Effect.fnUntraced(function*(queue: InvoiceQueue, count: number, maxAttempts: number) {
  const sql = yield* SqlClient.SqlClient
  const pool = yield* ThreadPool
  const lifecycle = yield* Lifecycle
  const rows = OrderRows.make(sql)

  const fulfil = Effect.fnUntraced(function*(job: typeof InvoiceJob.Type) {
    const row = yield* rows.byId(job.order_id)
    if (Option.isNone(row)) return
    const { created_at, customer, id, lines, total_cents } = row.value
    const input = { id, customer, createdAt: DateTime.formatIso(created_at), totalCents: total_cents, lines }
    const pdf = yield* pool.compute(drawInvoice, input)
    const made = yield* rows.fulfil(id, pdf, yield* DateTime.now)
    yield* Metric.update(invoicesMade, made)
  })

  const setAside = ({ attempt, order }: Taken, cause: unknown) =>
    Metric.update(invoiceJobsSetAside, 1).pipe(
      Effect.andThen(Effect.logError(`order ${order} gets no invoice: its job failed ${attempt} times`, cause))
    )

  const goesBack = (cause: unknown) => Effect.logWarning("an invoice job failed and goes back to the queue", cause)

  const failed = (taken: Taken | undefined, cause: unknown) =>
    Metric.update(invoiceAttemptsFailed, 1).pipe(
      Effect.andThen(taken !== undefined && taken.attempt >= maxAttempts ? setAside(taken, cause) : goesBack(cause)),
      Effect.andThen(Effect.sleep(pauseAfterFailure))
    )

  let draining = false

  const worker = () => {
    const state: { taken: Taken | undefined } = { taken: undefined }
    const handle = (job: typeof InvoiceJob.Type, { attempts }: { readonly attempts: number }) =>
      Effect.suspend(() => {
        state.taken = { order: job.order_id, attempt: attempts }
        // A pool job may still compute while the app drains, so an invoice that was begun is finished.
        return pool.submit(fulfil(job), { name: "invoice" })
      })
    const takeOne = queue.take(handle).pipe(
      Effect.catchCause((cause) => failed(state.taken, cause)),
      Effect.ensuring(Effect.sync(() => (state.taken = undefined)))
    )
    return { state, loop: Effect.whileLoop({ while: () => !draining, body: () => takeOne, step: () => undefined }) }
  }

  const workers = yield* Effect.forEach(
    Array.from({ length: count }, worker),
    ({ loop, state }) => Effect.map(Effect.forkScoped(loop), (fiber) => ({ fiber, state }))
  )

  // An idle worker waits inside the queue and is interrupted; a busy one ends by itself after acknowledging its job.
  const stop = Effect.suspend(() => {
    draining = true
    return Effect.forEach(
      workers,
      ({ fiber, state }) => state.taken === undefined ? Fiber.interrupt(fiber) : Fiber.await(fiber),
      {
        concurrency: "unbounded",
        discard: true
      }
    )
  })

  yield* lifecycle.onDrain({ name: "invoice workers", phase: "jobs", run: stop })
})
