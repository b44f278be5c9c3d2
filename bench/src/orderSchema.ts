/** The echo body as Effect Schema; apart from order.ts so that peers without Effect do not load it. */
import * as Schema from "effect/Schema"
import { limits } from "./order.ts"

const Text = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(limits.text))
const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const Line = Schema.Struct({
  sku: Text,
  quantity: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  unit_price_cents: Cents
})

export const Order = Schema.Struct({
  customer: Text,
  reference: Text,
  currency: Text,
  express: Schema.Boolean,
  total_cents: Cents,
  tags: Schema.Array(Text).check(Schema.isMaxLength(limits.items)),
  lines: Schema.Array(Line).check(Schema.isMaxLength(limits.items)),
  note: Schema.String.check(Schema.isMaxLength(limits.note))
})
