/** Ours, as a domain uses it: the plugin in a kernel, statements of SqlClient. `heptad.ts <job> [multiplex]` */
import { CommonPlugin } from "@heptad/common/plugin"
import { DatabasePlugin } from "@heptad/database/plugin"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { SqlClient } from "effect/sql/SqlClient"
import { accountsOf, anyAccount, database, depth, expectAccount, rows, sizes } from "../../database/agreed.ts"
import { byFibers } from "../../database/fibers.ts"
import { coordinates, main } from "../../database/side.ts"

const runtime = ManagedRuntime.make(
  Kernel.layer([CommonPlugin, DatabasePlugin]).pipe(Layer.provide(settings({
    database: {
      connections: { primary: { ...coordinates, database, ssl_mode: "disable" } },
      connection_pool: {
        // As many shared sessions as the driver's pool comes to when it fills one after the other.
        min_size: sizes.lanes / depth,
        max_size: sizes.sessions,
        multiplex: process.argv[3] === "multiplex",
        multiplex_depth: depth
      }
    }
  })))
)
const sql = await runtime.runPromise(SqlClient)

const transaction = (lane: number) =>
  sql.withTransaction(Effect.forEach(
    accountsOf(lane),
    (id) =>
      Effect.andThen(
        sql`SELECT balance FROM accounts WHERE id = ${id}`,
        sql`UPDATE accounts SET balance = balance + 1 WHERE id = ${id}`
      ),
    { discard: true }
  ))

main({
  run: byFibers({
    select: () => {
      const id = anyAccount()
      return Effect.map(
        sql`SELECT id, name, balance FROM accounts WHERE id = ${id}`,
        ([row]) => expectAccount(id, row)
      )
    },
    insert: (lane) => sql`INSERT INTO events (account, note) VALUES (${lane}, ${"a row"})`,
    transaction,
    batch: () => sql`INSERT INTO events ${sql.insert(rows)}`
  }),
  close: () => runtime.dispose()
})
