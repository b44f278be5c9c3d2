/** The decisions of the domain: accepting an order once, reading, paging, removing. Invoices are made by `Invoices`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { IdempotencyKeyReused, InvoiceNotReady, OrderNotFound, OrdersUnavailable } from "./errors.ts"
import type { NewOrder, Order, OrderId, OrderPage } from "./Order.ts"

export interface Accept {
  readonly order: NewOrder
  /** Subject of the caller; idempotency keys are his own. */
  readonly by: string
  readonly idempotencyKey: Option.Option<string>
}

export interface Page {
  /** 1 to 100. */
  readonly limit: number
  /** The last id of the page before. */
  readonly after: Option.Option<OrderId>
}

export class Orders extends Context.Service<Orders, {
  /**
   * Stores the order and, in the same transaction, the job that makes its invoice. The same idempotency key gives the
   * same order again; with a different request it fails.
   */
  readonly accept: (request: Accept) => Effect.Effect<Order, IdempotencyKeyReused | OrdersUnavailable>
  readonly get: (id: OrderId) => Effect.Effect<Order, OrderNotFound | OrdersUnavailable>
  /** Newest first; an order that is accepted while somebody pages never moves the pages that follow. */
  readonly list: (page: Page) => Effect.Effect<OrderPage, OrdersUnavailable>
  /** The PDF. */
  readonly invoice: (id: OrderId) => Effect.Effect<Uint8Array, OrderNotFound | InvoiceNotReady | OrdersUnavailable>
  /** The order, its invoice and its idempotency keys. */
  readonly remove: (id: OrderId) => Effect.Effect<void, OrderNotFound | OrdersUnavailable>
}>()("@heptad/orders/Orders") {}
