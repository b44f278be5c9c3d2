/** The PostgreSQL of a run: the embedded one, on a unix socket, with 100,000 accounts. Its commits do not reach the disk. */
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LoadFailed } from "../errors.ts"
import { type Coordinates, database, nameOf, sizes } from "./agreed.ts"

const Reply = Schema.fromJsonString(Schema.Struct({
  host: Schema.String,
  port: Schema.Int,
  user: Schema.String,
  password: Schema.String
}))

const statements = [
  "CREATE TABLE accounts (id int PRIMARY KEY, name text NOT NULL, balance int NOT NULL DEFAULT 0)",
  `INSERT INTO accounts (id, name) SELECT n, '${
    nameOf(0).replace("0", "")
  }' || n FROM generate_series(1, ${sizes.accounts}) AS n`,
  "CREATE TABLE events (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL, note text NOT NULL)",
  "VACUUM ANALYZE accounts"
]

const fill = async (coordinates: Coordinates): Promise<void> => {
  // A peer: it is there when the command has installed them.
  const { default: pg } = await import("pg")
  const client = new pg.Client({ ...coordinates, database })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

const failed = (cause: unknown) =>
  new LoadFailed({
    server: "the embedded PostgreSQL",
    work: "start",
    problem: cause instanceof Error ? cause.message : String(cause)
  })

/** Runs until the scope closes. */
export const server = Effect.gen(function*() {
  const coordinates = yield* Schema.decodeEffect(Reply)(yield* TestDatabase.serve)
  yield* Effect.tryPromise(() => fill(coordinates))
  return coordinates
}).pipe(Effect.mapError(failed))
