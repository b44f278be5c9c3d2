/** Drizzle on node-postgres, with its prepared queries. */
import { eq, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/node-postgres"
import { integer, pgTable, text } from "drizzle-orm/pg-core"
import pg from "pg"
import { accountsOf, anyAccount, database, expectAccount, rows, sizes } from "../../database/agreed.ts"
import { byPromises, coordinates, main } from "../../database/side.ts"

const accounts = pgTable("accounts", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  balance: integer("balance").notNull()
})
const events = pgTable("events", {
  id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
  account: integer("account").notNull(),
  note: text("note").notNull()
})

const pool = new pg.Pool({ ...coordinates, database, max: sizes.sessions })
const db = drizzle(pool)

const byId = db.select().from(accounts).where(eq(accounts.id, sql.placeholder("id"))).prepare("by_id")
const insert = db.insert(events).values({ account: sql.placeholder("account"), note: sql.placeholder("note") })
  .prepare("insert_event")

main({
  run: byPromises({
    select: async () => {
      const id = anyAccount()
      expectAccount(id, (await byId.execute({ id }))[0])
    },
    insert: (lane) => insert.execute({ account: lane, note: "a row" }),
    transaction: (lane) =>
      db.transaction(async (own) => {
        for (const id of accountsOf(lane)) {
          await own.select({ balance: accounts.balance }).from(accounts).where(eq(accounts.id, id))
          await own.update(accounts).set({ balance: sql`${accounts.balance} + 1` }).where(eq(accounts.id, id))
        }
      }),
    batch: async () => db.insert(events).values(rows)
  }),
  close: () => pool.end()
})
