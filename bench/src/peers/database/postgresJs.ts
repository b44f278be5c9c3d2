/** postgres.js as it is: prepared and pipelined. */
import postgres from "postgres"
import { accountsOf, anyAccount, database, expectAccount, rows, sizes } from "../../database/agreed.ts"
import { byPromises, coordinates, main } from "../../database/side.ts"

const { host, password, port, user } = coordinates
const sql = postgres({ path: `${host}/.s.PGSQL.${port}`, user, password, database, max: sizes.sessions })

main({
  run: byPromises({
    select: async () => {
      const id = anyAccount()
      const [row] = await sql`SELECT id, name, balance FROM accounts WHERE id = ${id}`
      expectAccount(id, row)
    },
    insert: async (lane) => sql`INSERT INTO events (account, note) VALUES (${lane}, ${"a row"})`,
    transaction: (lane) =>
      sql.begin(async (own) => {
        for (const id of accountsOf(lane)) {
          await own`SELECT balance FROM accounts WHERE id = ${id}`
          await own`UPDATE accounts SET balance = balance + 1 WHERE id = ${id}`
        }
      }),
    batch: async () => sql`INSERT INTO events ${sql(rows, "account", "note")}`
  }),
  close: () => sql.end()
})
