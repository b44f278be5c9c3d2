/** The layers that keep the contract today, each against the same suite. */
import { assert, describe, it } from "@effect/vitest"
import { DatabaseContractSuite, TestDatabase } from "@heptad/database/testing"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll } from "vitest"
import { connect } from "./connect.ts"
import { embedded } from "./embedded.ts"
import { relay } from "./fixtures/relay.ts"

const poolOf = ({ patience, sessions }: DatabaseContractSuite.Wanted) => ({
  min_size: 0,
  max_size: sessions,
  connection_timeout: Duration.format(patience)
})

const tcp = (wanted: DatabaseContractSuite.Wanted) =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const port = yield* relay(Path.join(coordinates.host, `.s.PGSQL.${coordinates.port}`))
    const primary = { ...coordinates, host: "127.0.0.1", port, ssl_mode: "disable" }
    return connect({ connections: { primary }, connection_pool: poolOf(wanted) })
  }).pipe(Layer.unwrap)

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "heptad-embedded-"))

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

let made = 0

/** One folder, started anew for each check, with another database in it. */
const own = (wanted: DatabaseContractSuite.Wanted) =>
  embedded(folder, {
    connections: { primary: { database: `contract_${made++}` } },
    connection_pool: poolOf(wanted),
    embedded: { durable: false }
  })

const layers: ReadonlyArray<readonly [name: string, layerOf: DatabaseContractSuite.LayerOf]> = [
  ["the layer for tests", TestDatabase.layerWith],
  ["an external server by TCP with a password", tcp],
  ["the embedded server", own]
]

describe.each(layers)("%s", (_, layerOf) => {
  for (const { run, title } of DatabaseContractSuite.checks(layerOf)) it.live(title, () => run, 60_000)
})

/** Statements of a transaction go out as if they were alone. */
const withoutTransactions = (wanted: DatabaseContractSuite.Wanted) =>
  Layer.effectContext(
    Effect.map(Layer.build(TestDatabase.layerWith(wanted)), (context) => {
      const sql = Context.get(context, SqlClient)
      const pretending = new Proxy(sql, {
        get: (client, key) => key === "withTransaction" ? (effect: unknown) => effect : Reflect.get(client, key)
      })
      return Context.add(context, SqlClient, pretending)
    })
  )

it.live("a layer that only pretends to have transactions does not pass", () =>
  Effect.gen(function*() {
    const broken = []
    for (const { run, title } of DatabaseContractSuite.checks(withoutTransactions)) {
      if (title.includes("nested") && Exit.hasDies(yield* Effect.exit(run))) broken.push(title)
    }
    assert.deepStrictEqual(broken, ["a nested transaction is undone alone"])
  }))
