/** What the domain answers when it cannot do what was asked. */
import { ErrorCode } from "@heptad/common"
import { errorCodeOf } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { OrderId } from "./Order.ts"

export class OrderNotFound extends Schema.TaggedError<OrderNotFound>()("OrderNotFound", { id: OrderId }) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    return `There is no order ${this.id}. Check the id, or list the orders with GET /orders.`
  }
}

export class InvoiceNotReady extends Schema.TaggedError<InvoiceNotReady>()("InvoiceNotReady", { id: OrderId }) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return `The invoice of order ${this.id} is still being made. Ask again when its status is "fulfilled".`
  }
}

export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {
  readonly errorCode = ErrorCode.of("common.already_exists")

  override get message() {
    return "This Idempotency-Key was used for a different order. Send a new key with a new order."
  }
}

/** The database is away or overloaded; nothing was stored. */
export class OrdersUnavailable extends Schema.TaggedError<OrdersUnavailable>()("OrdersUnavailable", {
  cause: Schema.Defect()
}) {
  readonly errorCode = ErrorCode.of("database.connection_lost")

  override get message() {
    return "Orders cannot be read or stored at the moment. Try again later, with the same Idempotency-Key."
  }
}

/**
 * A failed statement that may succeed later is told to the client, and so is a commit whose outcome nobody knows: the key of
 * the request keeps a second one from counting twice. Any other is a bug of ours.
 */
const unavailable = (error: SqlError): Effect.Effect<never, OrdersUnavailable> =>
  errorCodeOf(error).retryable || errorCodeOf(error).name === "database.commit_unknown"
    ? Effect.fail(new OrdersUnavailable({ cause: error }))
    : Effect.die(error)

/** Leaves only domain errors: what the driver says becomes `OrdersUnavailable` or a defect, a row that does not decode a defect. */
export const domainErrors = <A, E, R>(
  effect: Effect.Effect<A, E | SqlError | Schema.SchemaError, R>
): Effect.Effect<A, E | OrdersUnavailable, R> =>
  Effect.catch(
    effect,
    (error): Effect.Effect<never, E | OrdersUnavailable> =>
      isSqlError(error) ? unavailable(error) : Schema.isSchemaError(error) ? Effect.die(error) : Effect.fail(error)
  )
