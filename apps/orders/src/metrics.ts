/** What the sample domain counts. */
import * as Metric from "effect/Metric"

export const ordersAccepted = Metric.counter("orders_accepted_total", {
  description: "Orders stored; a repeated idempotency key does not count again",
  incremental: true
})

export const invoicesMade = Metric.counter("orders_invoices_total", {
  description: "Invoices stored",
  incremental: true
})

export const invoiceAttemptsFailed = Metric.counter("orders_invoice_attempts_failed_total", {
  description: "Invoice jobs that failed and went back to the queue",
  incremental: true
})

export const invoiceJobsSetAside = Metric.counter("orders_invoice_jobs_set_aside_total", {
  description: "Invoice jobs that failed at their last attempt; their orders stay accepted",
  incremental: true
})
