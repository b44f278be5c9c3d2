import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as InvoiceJob from "../src/InvoiceJob.ts"
import { invoiceJobsSetAside } from "../src/metrics.ts"
import { NewOrder, OrderId, OrderLine } from "../src/Order.ts"
import { Orders } from "../src/Orders.ts"
import { failingFirst, withoutWorkers, withWorkers } from "./domain.ts"

const lines = [new OrderLine({ sku: "A-1", quantity: 2, unit_price_cents: 1250 })]
const order = new NewOrder({ customer: "acme", lines })
const nowhere = OrderId.make("019f0000-0000-7000-8000-000000000000")

const accept = (key?: string, request = order, by = "alice") =>
  Orders.use((orders) => orders.accept({ order: request, by, idempotencyKey: Option.fromUndefinedOr(key) }))

const count = (table: string) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.map(sql<{ n: number }>`SELECT count(*)::int AS n FROM ${sql(table)}`, (rows) => rows[0]?.n)
  )

const real = { excludeTestServices: true } as const

/** Reads again until the order is fulfilled; the test's own time limit is the deadline. */
const fulfilled = (id: OrderId) =>
  Orders.use((orders) => orders.get(id)).pipe(
    Effect.repeat({ until: (read) => read.status === "fulfilled", schedule: Schedule.spaced("20 millis") })
  )

describe("accepting", () => {
  layer(withoutWorkers, real)((it) => {
    it.effect("stores the order with its total and its invoice job in one transaction", () =>
      Effect.gen(function*() {
        const { id, status, total_cents } = yield* accept()
        assert.deepStrictEqual([status, total_cents], ["accepted", 2500])
        const again = yield* Orders.use((orders) => orders.get(id))
        assert.deepStrictEqual([again.customer, again.lines], ["acme", lines])
        assert.strictEqual(yield* count("orders_queue"), yield* count("orders"))
      }))

    it.effect("stores nothing when the job cannot be stored", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const before = yield* count("orders")
        yield* sql`ALTER TABLE orders_queue RENAME TO orders_queue_away`
        yield* Effect.exit(accept("lost"))
        yield* sql`ALTER TABLE orders_queue_away RENAME TO orders_queue`
        assert.strictEqual(yield* count("orders"), before)
        assert.strictEqual((yield* accept("lost")).status, "accepted")
      }))

    it.effect("gives the same order for the same key, also to many callers at once", () =>
      Effect.gen(function*() {
        const orders = yield* Effect.all(Array.from({ length: 8 }, () => accept("k1")), { concurrency: "unbounded" })
        assert.strictEqual(new Set(orders.map((one) => one.id)).size, 1)
        assert.deepStrictEqual(yield* accept("k1"), orders[0])
      }))

    it.effect("keeps the keys of two callers apart", () =>
      Effect.gen(function*() {
        const [alice, bob] = [yield* accept("k2", order, "alice"), yield* accept("k2", order, "bob")]
        assert.notStrictEqual(alice.id, bob.id)
      }))

    it.effect("refuses a key that was used for a different order", () =>
      Effect.gen(function*() {
        yield* accept("k3")
        const error = yield* Effect.flip(accept("k3", new NewOrder({ customer: "other", lines })))
        assert.strictEqual(error._tag, "IdempotencyKeyReused")
        assert.strictEqual(
          error.message,
          "This Idempotency-Key was used for a different order. Send a new key with a new order."
        )
      }))
  })
})

describe("reading", () => {
  layer(withoutWorkers, real)((it) => {
    it.effect("pages newest first, each order once, whatever is added meanwhile", () =>
      Effect.gen(function*() {
        const orders = yield* Orders
        const ids: Array<string> = []
        for (let index = 0; index < 7; index++) ids.unshift((yield* accept()).id)
        const first = yield* orders.list({ limit: 3, after: Option.none() })
        yield* accept()
        const second = yield* orders.list({ limit: 3, after: Option.some(OrderId.make(first.next_cursor ?? "")) })
        const third = yield* orders.list({ limit: 3, after: Option.some(OrderId.make(second.next_cursor ?? "")) })
        assert.deepStrictEqual([first, second, third].flatMap((page) => page.orders.map((one) => one.id)), ids)
        assert.isUndefined(third.next_cursor)
      }))

    it.effect("tells an order that is not there from an invoice that is not ready", () =>
      Effect.gen(function*() {
        const orders = yield* Orders
        const { id } = yield* accept()
        assert.strictEqual((yield* Effect.flip(orders.get(nowhere)))._tag, "OrderNotFound")
        assert.strictEqual((yield* Effect.flip(orders.invoice(nowhere)))._tag, "OrderNotFound")
        assert.strictEqual((yield* Effect.flip(orders.invoice(id)))._tag, "InvoiceNotReady")
      }))

    it.effect("removes an order with all that belongs to it, once", () =>
      Effect.gen(function*() {
        const orders = yield* Orders
        const { id } = yield* accept("gone")
        yield* orders.remove(id)
        assert.strictEqual((yield* Effect.flip(orders.remove(id)))._tag, "OrderNotFound")
        assert.notStrictEqual((yield* accept("gone")).id, id)
      }))
  })
})

describe("invoices", () => {
  layer(withWorkers, real)((it) => {
    it.effect("are made for every order, exactly one each, also when a job runs twice", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const orders = yield* Effect.all(Array.from({ length: 12 }, () => accept()), { concurrency: 4 })
        yield* Effect.forEach(orders, ({ id }) => fulfilled(id), { discard: true })
        const before = yield* sql`SELECT order_id, md5(pdf) FROM invoices ORDER BY order_id`
        yield* sql`UPDATE orders_queue SET state = 'pending', attempts = 0, visible_at = NOW()`
        yield* Effect.repeat(sql<{ n: number }>`SELECT count(*)::int AS n FROM orders_queue WHERE state = 'pending'`, {
          until: (rows) => rows[0]?.n === 0,
          schedule: Schedule.spaced("20 millis")
        })
        assert.strictEqual(before.length, orders.length)
        assert.deepStrictEqual(yield* sql`SELECT order_id, md5(pdf) FROM invoices ORDER BY order_id`, before)
      }))

    it.effect("are PDFs", () =>
      Effect.gen(function*() {
        const orders = yield* Orders
        const { id } = yield* accept()
        yield* fulfilled(id)
        const pdf = yield* orders.invoice(id)
        assert.strictEqual(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-")
      }))

    it.effect("leave no finished jobs behind for longer than a day", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const [old, recent] = [yield* accept(), yield* accept()]
        yield* Effect.all([fulfilled(old.id), fulfilled(recent.id)])
        const jobs = sql<{ id: string }>`SELECT id FROM orders_queue WHERE state = 'completed'`
        yield* Effect.repeat(
          sql`UPDATE orders_queue SET updated_at = NOW() - INTERVAL '25 hours'
          WHERE id = ${old.id} AND state = 'completed' RETURNING id`,
          { until: (rows) => rows.length === 1 }
        )
        yield* Layer.build(InvoiceJob.cleanup)
        yield* Effect.repeat(jobs, { until: (rows) => !rows.some(({ id }) => id === old.id) })
        yield* Effect.repeat(jobs, { until: (rows) => rows.some(({ id }) => id === recent.id) })
      }))

    it.effect("do not come for an order that was removed meanwhile", () =>
      Effect.gen(function*() {
        const orders = yield* Orders
        const { id } = yield* accept()
        yield* orders.remove(id)
        yield* fulfilled((yield* accept()).id)
        assert.strictEqual((yield* Effect.flip(orders.invoice(id)))._tag, "OrderNotFound")
      }))
  })

  for (const failures of [1, 2]) {
    layer(failingFirst(failures), real)((it) => {
      it.effect(`come in the end when the first ${failures} attempts fail`, () =>
        Effect.gen(function*() {
          const { id } = yield* accept()
          assert.strictEqual((yield* fulfilled(id)).status, "fulfilled")
          assert.strictEqual(yield* count("invoices"), 1)
        }))
    })
  }

  layer(failingFirst(1, 1), real)((it) => {
    it.effect("that fail at the last attempt are counted as set aside, with the reason beside the job", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const { id } = yield* accept()
        const { count: counted } = yield* Effect.repeat(Metric.value(invoiceJobsSetAside), {
          until: (state) => state.count > 0,
          schedule: Schedule.spaced("20 millis")
        })
        assert.strictEqual(counted, 1)
        const jobs = yield* sql<{ state: string; last_failure: string }>`
          SELECT state, last_failure FROM orders_queue WHERE id = ${id}`
        assert.strictEqual(jobs[0]?.state, "failed")
        assert.include(jobs[0]?.last_failure, "planted")
      }))
  })
})
