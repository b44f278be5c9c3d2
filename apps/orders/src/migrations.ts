/** The tables of the domain. A migration that was released is never edited: its checksum is compared at every start. */
import type { MigrationSet } from "@heptad/database"

export const migrations: MigrationSet = {
  name: "orders",
  migrations: [
    {
      id: 1,
      name: "create_orders",
      sql: `
        CREATE TABLE orders (
          id uuid PRIMARY KEY,
          customer text NOT NULL,
          status text NOT NULL CHECK (status IN ('accepted', 'fulfilled')),
          lines jsonb NOT NULL,
          total_cents bigint NOT NULL CHECK (total_cents >= 0),
          created_at timestamptz NOT NULL,
          created_by text NOT NULL
        );
        -- One key per caller: two clients may choose the same key without seeing each other's orders.
        CREATE TABLE order_idempotency_keys (
          created_by text NOT NULL,
          key text NOT NULL,
          order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
          PRIMARY KEY (created_by, key)
        );
        CREATE INDEX ON order_idempotency_keys (order_id);
        -- The primary key is what makes it exactly one invoice per order.
        CREATE TABLE invoices (
          order_id uuid PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
          pdf bytea NOT NULL,
          created_at timestamptz NOT NULL
        );
      `,
      down: "DROP TABLE invoices, order_idempotency_keys, orders"
    }
  ]
}
