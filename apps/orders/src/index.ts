/** The public face of the sample domain. */
export { OrdersContract } from "./contract.ts"
export { IdempotencyKeyReused, InvoiceNotReady, OrderNotFound, OrdersUnavailable } from "./errors.ts"
export { NewOrder, Order, OrderId, OrderLine, OrderPage, OrderStatus } from "./Order.ts"
export { type Accept, Orders, type Page } from "./Orders.ts"
export { OrdersApi } from "./OrdersApi.ts"
