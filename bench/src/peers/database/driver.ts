/** Effect's own driver without the facade: PgPool.use. `driver.ts <job> [multiplex]` */
import * as PgPool from "@effect/sql-pg/PgPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { accountsOf, anyAccount, database, depth, expectAccount, rows, sizes, texts } from "../../database/agreed.ts"
import { byFibers } from "../../database/fibers.ts"
import { coordinates, main } from "../../database/side.ts"

const { host, password, port, user: username } = coordinates
const scope = Scope.makeUnsafe()
const pool = await Effect.runPromise(Scope.provide(
  PgPool.make({
    host,
    port,
    username,
    database,
    password: Redacted.make(password),
    maxConnections: sizes.sessions,
    multiplex: process.argv[3] === "multiplex",
    multiplexConcurrency: depth
  }),
  scope
))

const transaction = (lane: number) =>
  Effect.scoped(Effect.flatMap(pool.reserve, (own) =>
    Effect.andThen(
      own.query("BEGIN"),
      Effect.andThen(
        Effect.forEach(accountsOf(lane), (id) =>
          Effect.andThen(own.query(texts.read, [id]), own.query(texts.add, [id])), {
          discard: true
        }),
        own.query("COMMIT")
      )
    )))

main({
  run: byFibers({
    select: () => {
      const id = anyAccount()
      return Effect.map(
        pool.use((each) => each.query(texts.select, [id])),
        ({ rows: [row] }) => expectAccount(id, row)
      )
    },
    insert: (lane) => pool.use((each) => each.query(texts.insert, [lane, "a row"])),
    transaction,
    batch: () => pool.use((each) => each.query(texts.batch, rows.flatMap(({ account, note }) => [account, note])))
  }),
  close: () => Effect.runPromise(Scope.close(scope, Exit.void))
})
