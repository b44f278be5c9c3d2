/** `Orders` on the database. Accepting writes the order and its invoice job in one transaction. */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { PersistedQueueError } from "effect/persistence/PersistedQueue"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { domainErrors, IdempotencyKeyReused, InvoiceNotReady, OrderNotFound } from "../errors.ts"
import type { InvoiceQueue } from "../InvoiceJob.ts"
import { ordersAccepted } from "../metrics.ts"
import { NewOrder, Order, OrderId, OrderPage, totalCents } from "../Order.ts"
import { type Accept, Orders, type Page } from "../Orders.ts"
import * as OrderRows from "./OrderRows.ts"

/** Another transaction took the key first; its order is the answer. */
class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {}) {}

/** The queue is a table beside the orders: what failed is the statement that it carries. */
const queueFailed = (error: PersistedQueueError): Effect.Effect<never, SqlError> =>
  isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)

const sameRequest = Schema.toEquivalence(NewOrder)

const repeated = (existing: Order, request: NewOrder) =>
  sameRequest(new NewOrder({ customer: existing.customer, lines: existing.lines }), request)
    ? Effect.succeed(existing)
    : Effect.fail(new IdempotencyKeyReused())

export const layer = (queue: InvoiceQueue) =>
  Layer.effect(
    Orders,
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const random = yield* SecureRandom.SecureRandom
      const rows = OrderRows.make(sql)

      const make = Effect.fnUntraced(function*({ customer, lines }: NewOrder) {
        const id = OrderId.make(yield* random.uuidV7())
        const created_at = yield* DateTime.now
        return new Order({ id, customer, lines, total_cents: totalCents(lines), status: "accepted", created_at })
      })

      const claim = (request: Accept, id: OrderId) =>
        Option.match(request.idempotencyKey, {
          onNone: () => Effect.void,
          onSome: (key) =>
            Effect.flatMap(
              rows.claimKey(request.by, key, id),
              (free) => free ? Effect.void : Effect.fail(new KeyTaken())
            )
        })

      const store = Effect.fnUntraced(function*(request: Accept) {
        const order = yield* make(request.order)
        yield* rows.insert({ by: request.by, order })
        yield* claim(request, order.id)
        yield* Effect.catchTag(
          queue.offer({ order_id: order.id }, { id: order.id }),
          "PersistedQueueError",
          queueFailed
        )
        return order
      }, sql.withTransaction)

      const existing = (request: Accept) =>
        Option.match(request.idempotencyKey, {
          onNone: () => Effect.succeedNone,
          onSome: (key) => rows.byKey(request.by, key)
        })

      const found = (id: OrderId) => <A>(row: Option.Option<A>) =>
        Effect.mapError(Effect.fromOption(row), () => new OrderNotFound({ id }))

      const storeAndCount = (request: Accept) => Effect.tap(store(request), () => Metric.update(ordersAccepted, 1))

      /** Answers the earlier order of the key, or stores this one; two requests at once meet in `claimKey`. */
      const acceptOnce = (
        request: Accept
      ): Effect.Effect<Order, IdempotencyKeyReused | SqlError | Schema.SchemaError> =>
        Effect.flatMap(
          existing(request),
          Option.match({
            onNone: () => Effect.catchTag(storeAndCount(request), "KeyTaken", () => acceptOnce(request)),
            onSome: (earlier) => repeated(earlier, request.order)
          })
        )

      const accept = Effect.fn("Orders.accept")(acceptOnce, domainErrors)

      const get = Effect.fn("Orders.get")(
        (id: OrderId) => Effect.flatMap(rows.byId(id), found(id)),
        domainErrors
      )

      const list = Effect.fn("Orders.list")(function*({ after, limit }: Page) {
        // One more than asked tells whether another page follows.
        const more = yield* rows.page(limit + 1, Option.getOrUndefined(after))
        const orders = more.slice(0, limit)
        const last = orders.at(-1)
        return new OrderPage(more.length > limit && last !== undefined ? { orders, next_cursor: last.id } : { orders })
      }, domainErrors<OrderPage, never, never>)

      const invoice = Effect.fn("Orders.invoice")(function*(id: OrderId) {
        const { pdf } = yield* Effect.flatMap(rows.invoiceOf(id), found(id))
        return pdf ?? (yield* new InvoiceNotReady({ id }))
      }, domainErrors)

      const remove = Effect.fn("Orders.remove")(function*(id: OrderId) {
        if (!(yield* rows.remove(id))) return yield* new OrderNotFound({ id })
      }, domainErrors)

      return Orders.of({ accept, get, list, invoice, remove })
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
