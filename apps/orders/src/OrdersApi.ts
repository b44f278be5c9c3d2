/** The HTTP face of the domain: schemas, errors and permissions. Clients may import it; no server code comes along. */
import { Authorization, Problem, RequiredPermission } from "@heptad/network"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { IdempotencyKeyReused, InvoiceNotReady, OrderNotFound, OrdersUnavailable } from "./errors.ts"
import { NewOrder, Order, OrderId, OrderPage } from "./Order.ts"
import { SmallBody } from "./SmallBody.ts"

const unavailable = Problem.of(OrdersUnavailable, "database.connection_lost", { plugin: "database" })
const notFound = Problem.of(OrderNotFound, "common.not_found")

/** RFC drafts leave the form open; this is a bound, and printable ASCII keeps it loggable. */
const IdempotencyKey = Schema.NonEmptyString.check(Schema.isMaxLength(255), Schema.isPattern(/^[\x21-\x7e]+$/))

const Limit = Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 100 }))

const create = HttpApiEndpoint.post("create", "/orders", {
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  payload: NewOrder,
  success: Order.pipe(HttpApiSchema.status(201)),
  error: [Problem.of(IdempotencyKeyReused, "common.already_exists", { status: 422 }), unavailable]
}).annotate(RequiredPermission, "orders:create")
  .annotate(OpenApi.Description, "Accepts an order. The same Idempotency-Key gives the same order again.")

const list = HttpApiEndpoint.get("list", "/orders", {
  query: { limit: Schema.optionalKey(Limit), cursor: Schema.optionalKey(OrderId) },
  success: OrderPage,
  error: [unavailable]
}).annotate(RequiredPermission, "orders:read")
  .annotate(OpenApi.Description, "Newest first. Send next_cursor as cursor to get the following page.")

const get = HttpApiEndpoint.get("get", "/orders/:id", {
  params: { id: OrderId },
  success: Order,
  error: [notFound, unavailable]
}).annotate(RequiredPermission, "orders:read")

const invoice = HttpApiEndpoint.get("invoice", "/orders/:id/invoice", {
  params: { id: OrderId },
  success: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/pdf" })),
  error: [notFound, Problem.of(InvoiceNotReady, "common.not_initialized", { status: 409 }), unavailable]
}).annotate(RequiredPermission, "orders:read")
  .annotate(OpenApi.Description, "The invoice as PDF; 409 until it is there.")

const remove = HttpApiEndpoint.delete("remove", "/orders/:id", {
  params: { id: OrderId },
  success: HttpApiSchema.NoContent,
  error: [notFound, unavailable]
}).annotate(RequiredPermission, "orders:delete")

class OrdersGroup extends HttpApiGroup.make("orders").add(create, list, get, invoice, remove)
  .middleware(SmallBody)
  .middleware(Authorization)
{}

export class OrdersApi extends HttpApi.make("orders-api").add(OrdersGroup)
  .annotate(OpenApi.Title, "Heptad orders")
  // A client is told everything that is wrong with a request, not only the first fault.
  .annotate(HttpApi.ParseOptions, { errors: "all" })
{}
