/** node-postgres with named statements, which it keeps prepared. */
import pg from "pg"
import { accountsOf, anyAccount, database, expectAccount, rows, sizes, texts } from "../../database/agreed.ts"
import { byPromises, coordinates, main } from "../../database/side.ts"

const pool = new pg.Pool({ ...coordinates, database, max: sizes.sessions })

const named = (name: keyof typeof texts, values: Array<unknown>) => ({ name, text: texts[name], values })

const transaction = async (lane: number): Promise<void> => {
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    for (const id of accountsOf(lane)) {
      await client.query(named("read", [id]))
      await client.query(named("add", [id]))
    }
    await client.query("COMMIT")
  } finally {
    client.release()
  }
}

main({
  run: byPromises({
    select: async () => {
      const id = anyAccount()
      expectAccount(id, (await pool.query(named("select", [id]))).rows[0])
    },
    insert: (lane) => pool.query(named("insert", [lane, "a row"])),
    transaction,
    batch: () => pool.query(named("batch", rows.flatMap(({ account, note }) => [account, note])))
  }),
  close: () => pool.end()
})
