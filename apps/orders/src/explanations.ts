/** The errors of orders, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  OrderNotFound: {
    title: "There is no such order",
    cause: "The order was deleted, or the id is of another environment.",
    remedy: "List the orders with GET /orders and compare the id.",
    code: "common.not_found"
  },
  InvoiceNotReady: {
    title: "The invoice is still being made",
    cause:
      "The job that draws it waits for its turn. If it stays so, the job failed at its last attempt and was set aside.",
    remedy:
      "Ask again when the order is fulfilled. If orders_invoice_jobs_set_aside_total rose, read last_failure in the " +
      "table orders_queue.",
    code: "common.not_initialized"
  },
  IdempotencyKeyReused: {
    title: "One Idempotency-Key was used for two different orders",
    cause: "The client makes its keys from something that repeats, or changed the order between two attempts.",
    remedy: "Send a new random key with each new order, and the old key only with the very same order.",
    code: "common.already_exists"
  },
  OrdersUnavailable: {
    title: "Orders cannot be read or stored at the moment",
    cause: "The database is away, restarting or overloaded; nothing was stored.",
    remedy: "Look at the cause in the log and at /health?verbose, and bring the database back; " +
      "clients may try again with the same Idempotency-Key.",
    code: "database.connection_lost"
  }
})
