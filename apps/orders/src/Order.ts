/** The words of the domain: what an order is, outside (JSON) and inside. */
import * as Schema from "effect/Schema"

/** A UUIDv7: ids sort by creation time, which is what paging relies on. */
export const OrderId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type

/** Cents of one unit; at most a million units of currency, so that the total of an order stays a safe integer. */
const UnitPrice = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000_000 }))

/**
 * PostgreSQL stores no NUL, and half of a surrogate pair cannot be written as UTF-8: it would come back as another text,
 * which a repeated idempotency key would then take for a different order.
 */
const storable = Schema.makeFilter((text: string) =>
  text.isWellFormed() && !text.includes("\0") || "Expected a text without NUL characters and lone surrogates"
)

const Text = (maximum: number) => Schema.NonEmptyString.check(Schema.isMaxLength(maximum), storable)

export class OrderLine extends Schema.Class<OrderLine>("OrderLine")({
  sku: Text(64),
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 })),
  unit_price_cents: UnitPrice
}) {}

/** What a client sends. */
export class NewOrder extends Schema.Class<NewOrder>("NewOrder")({
  customer: Text(200),
  lines: Schema.Array(OrderLine).check(Schema.isMinLength(1), Schema.isMaxLength(100))
}) {}

/** `accepted`: stored, the invoice is still to be made. `fulfilled`: the invoice is there. */
export const OrderStatus = Schema.Literals(["accepted", "fulfilled"])

export class Order extends Schema.Class<Order>("Order")({
  id: OrderId,
  customer: Schema.String,
  lines: Schema.Array(OrderLine),
  total_cents: Schema.Int,
  status: OrderStatus,
  created_at: Schema.DateTimeUtcFromString
}) {}

/** One page, newest first; `next_cursor` is absent on the last one. */
export class OrderPage extends Schema.Class<OrderPage>("OrderPage")({
  orders: Schema.Array(Order),
  next_cursor: Schema.optionalKey(Schema.String)
}) {}

export const totalCents = (lines: ReadonlyArray<OrderLine>): number =>
  lines.reduce((sum, line) => sum + line.quantity * line.unit_price_cents, 0)
