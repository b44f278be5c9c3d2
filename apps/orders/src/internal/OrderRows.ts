/** Every statement of the domain, and the only place that knows what a row looks like. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import * as SqlSchema from "effect/sql/SqlSchema"
import { Order, OrderId, OrderLine, OrderStatus } from "../Order.ts"

const OrderRow = Schema.Struct({
  id: OrderId,
  customer: Schema.String,
  lines: Schema.Array(OrderLine),
  // float8 in the statement: a bigint column arrives as a bigint, and totals are safe integers.
  total_cents: Schema.Int,
  status: OrderStatus,
  created_at: Schema.DateTimeUtcFromDate
})

const toOrder = (row: typeof OrderRow.Type): Order => new Order(row)

export interface NewRow {
  readonly order: Order
  readonly by: string
}

export const make = (sql: SqlClient) => {
  const columns = sql.literal("id, customer, lines, total_cents::float8 AS total_cents, status, created_at")

  const byId = SqlSchema.findOneOption({
    Request: OrderId,
    Result: OrderRow,
    execute: (id) => sql`SELECT ${columns} FROM orders WHERE id = ${id}`
  })

  const byKey = SqlSchema.findOneOption({
    Request: Schema.Struct({ by: Schema.String, key: Schema.String }),
    Result: OrderRow,
    execute: ({ by, key }) =>
      sql`SELECT ${columns} FROM orders JOIN order_idempotency_keys USING (created_by)
          WHERE created_by = ${by} AND key = ${key} AND order_id = id`
  })

  const page = SqlSchema.findAll({
    Request: Schema.Struct({ limit: Schema.Int, after: Schema.UndefinedOr(OrderId) }),
    Result: OrderRow,
    execute: ({ after, limit }) =>
      sql`SELECT ${columns} FROM orders WHERE ${after === undefined ? sql.literal("true") : sql`id < ${after}`}
          ORDER BY id DESC LIMIT ${limit}`
  })

  const invoiceOf = SqlSchema.findOneOption({
    Request: OrderId,
    Result: Schema.Struct({ pdf: Schema.NullOr(Schema.Uint8Array) }),
    execute: (id) => sql`SELECT pdf FROM orders LEFT JOIN invoices ON order_id = id WHERE id = ${id}`
  })

  const insert = ({ by, order }: NewRow) =>
    sql`INSERT INTO orders (id, customer, status, lines, total_cents, created_at, created_by)
        VALUES (${order.id}, ${order.customer}, ${order.status}, ${JSON.stringify(order.lines)}::text::jsonb,
                ${order.total_cents}::float8::bigint, ${DateTime.toDateUtc(order.created_at)}, ${by})`

  return {
    byId: (id: OrderId) => Effect.map(byId(id), Option.map(toOrder)),
    byKey: (by: string, key: string) => Effect.map(byKey({ by, key }), Option.map(toOrder)),
    page: (limit: number, after: OrderId | undefined) =>
      Effect.map(page({ limit, after }), (rows) => rows.map(toOrder)),
    invoiceOf,
    insert,
    /** Whether the key was free; waits for a transaction that is just taking it. */
    claimKey: (by: string, key: string, id: OrderId) =>
      sql`INSERT INTO order_idempotency_keys (created_by, key, order_id) VALUES (${by}, ${key}, ${id})
          ON CONFLICT DO NOTHING RETURNING key`.pipe(Effect.map((rows) => rows.length === 1)),
    remove: (id: OrderId) =>
      sql`DELETE FROM orders WHERE id = ${id} RETURNING id`.pipe(Effect.map((rows) => rows.length === 1)),
    /** How many invoices were stored: none when it is there already, or when the order was removed meanwhile. */
    fulfil: (id: OrderId, pdf: Uint8Array, at: DateTime.Utc) =>
      sql`WITH fulfilled AS (UPDATE orders SET status = 'fulfilled' WHERE id = ${id} RETURNING id)
          INSERT INTO invoices (order_id, pdf, created_at)
          SELECT id, ${pdf}::bytea, ${DateTime.toDateUtc(at)} FROM fulfilled ON CONFLICT DO NOTHING RETURNING order_id`
        .pipe(Effect.map((rows) => rows.length))
  }
}
