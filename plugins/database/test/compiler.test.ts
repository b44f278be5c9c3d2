import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Statement from "effect/sql/Statement"
import * as Compiler from "../src/internal/compiler.ts"

const full = PgClient.makeCompiler()
const ours = Compiler.make()
const sql = Statement.make(Effect.die("compiled only"), ours, [], undefined)

const Part = Schema.Union([
  Schema.Struct({ literal: Schema.String, params: Schema.optionalKey(Schema.Array(Schema.Finite)) }),
  Schema.Struct({ parameter: Schema.Union([Schema.String, Schema.Finite, Schema.Null]) }),
  Schema.Struct({ identifier: Schema.String })
])

const segmentOf = (part: typeof Part.Type): Statement.Segment =>
  "literal" in part
    ? Statement.literal(part.literal, part.params)
    : "parameter" in part
    ? Statement.parameter(part.parameter)
    : Statement.identifier(part.identifier)

it.prop("says of every statement what the driver's compiler says", [Schema.Array(Part)], ([parts]) => {
  const statement = Statement.fragment(parts.map(segmentOf))
  assert.deepStrictEqual(ours.compile(statement, false), full.compile(statement, false))
})

it("leaves helpers to the driver's compiler", () => {
  assert.deepStrictEqual(sql`INSERT INTO t ${sql.insert([{ a: 1, b: 2 }])}`.compile(), [
    `INSERT INTO t ("a","b") VALUES ($1,$2)`,
    [1, 2]
  ])
  assert.deepStrictEqual(sql`SELECT * FROM t WHERE id IN ${sql.in([1, 2])} AND n = ${3}`.compile(), [
    "SELECT * FROM t WHERE id IN ($1,$2) AND n = $3",
    [1, 2, 3]
  ])
})
