/** Statements as they are sent, beside what Effect's own would send. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import * as Sql from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Compiler from "../src/internal/compiler.ts"
import * as Statement from "../src/internal/queries/Statement.ts"
import { keepingSpans } from "./fixtures/spans.ts"

type Sent = readonly [text: string, params: ReadonlyArray<unknown>]

/** A client whose sessions only write down what they got, and from whom: lent for a statement, or through Effect's own. */
const recording = Effect.gen(function*() {
  const sent: Array<Sent> = []
  const through: Array<"ours" | "Effect's"> = []
  const answer = (text: string, params: ReadonlyArray<unknown>) =>
    Effect.sync(() => [{ sent: sent.push([text, params]) }])
  const session: Connection = {
    execute: answer,
    executeUnprepared: answer,
    executeRaw: answer,
    executeValues: (text, params) => Effect.as(answer(text, params), []),
    executeValuesUnprepared: (text, params) => Effect.as(answer(text, params), []),
    executeStream: (text, params) => Stream.fromEffect(Effect.map(answer(text, params), ([row]) => row))
  }
  const own = yield* SqlClient.make({
    acquirer: Effect.succeed(session),
    borrower: (use) => Effect.suspend(() => (through.push("Effect's"), use(session))),
    compiler: Compiler.make(),
    driver: "none",
    spanAttributes: [["db.system.name", "postgresql"]]
  }).pipe(Effect.provide(Reactivity.layer))
  const sql = Statement.make(own, (_fiber, use) => Effect.suspend(() => (through.push("ours"), use(session))))
  return { sent, sql, through }
})

const Value = Schema.Union([
  Schema.String,
  Schema.Int,
  Schema.Null,
  Schema.Boolean,
  Schema.BigInt,
  Schema.Date,
  Schema.Array(Schema.Int),
  Schema.Uint8Array
])

const template = (parts: ReadonlyArray<string>): TemplateStringsArray => Object.assign([...parts], { raw: parts })

it.effect.prop(
  "what is sent is what Effect's statement compiles to, whatever the template and its values are",
  [Schema.Array(Schema.Tuple([Schema.String, Value])), Schema.String],
  Effect.fnUntraced(function*([before, end]) {
    const { sent, sql } = yield* recording
    const statement = sql(template([...before.map(([text]) => text), end]), ...before.map(([, arg]) => arg))
    // Twice: the text is kept after the first time.
    yield* statement
    yield* statement
    assert.deepStrictEqual(sent, [statement.compile(), statement.compile()])
  })
)

it.effect("helpers and other statements may be parts of a statement", () =>
  Effect.gen(function*() {
    const { sent, sql } = yield* recording
    const adults = sql`SELECT id FROM people WHERE age >= ${18}`
    yield* sql`SELECT * FROM orders WHERE person IN (${adults}) AND ${sql("state")} IN ${sql.in(["new", "paid"])}`
    yield* sql`INSERT INTO people ${sql.insert([{ name: "Ada", age: 36 }])}`
    yield* sql.unsafe("SELECT $1::int", [7])
    assert.deepStrictEqual(sent, [
      [
        `SELECT * FROM orders WHERE person IN (SELECT id FROM people WHERE age >= $1) AND "state" IN ($2,$3)`,
        [18, "new", "paid"]
      ],
      [`INSERT INTO people ("name","age") VALUES ($1,$2)`, ["Ada", 36]],
      ["SELECT $1::int", [7]]
    ])
    assert.isTrue(Sql.isFragment(adults))
  }))

it.effect("every other way to run a statement sends the same", () =>
  Effect.gen(function*() {
    const { sent, sql } = yield* recording
    const statement = sql`SELECT ${1}`
    for (const way of [statement.raw, statement.unprepared, statement.values, statement.valuesUnprepared]) yield* way
    yield* statement.withoutTransform
    yield* Stream.runDrain(statement.stream)
    assert.deepStrictEqual(sent, Array.from({ length: 6 }, () => ["SELECT $1", [1]]))
  }))

it.effect("with a tracer each statement has a span under that of its caller; without one it makes none", () =>
  Effect.gen(function*() {
    const { sql, through } = yield* recording
    const { spans, tracer } = keepingSpans()
    yield* sql`SELECT ${1}`
    assert.deepStrictEqual(through, ["ours"])
    yield* Effect.provideService(Effect.withSpan(sql`SELECT ${2}`, "caller"), Tracer.Tracer, tracer)
    assert.deepStrictEqual(through, ["ours", "Effect's"])
    const [caller, statement] = spans
    assert.strictEqual(statement && Option.getOrUndefined(statement.parent), caller)
    assert.deepInclude(Object.fromEntries(statement?.attributes ?? []), {
      "db.system.name": "postgresql",
      "db.query.text": "SELECT $1"
    })
  }))

it.effect("a transformer gets each statement and may send another one", () =>
  Effect.gen(function*() {
    const { sent, sql } = yield* recording
    yield* Effect.provideService(sql`SELECT ${1}`, Sql.CurrentTransformer, (_, sql) => Effect.succeed(sql`SELECT ${2}`))
    assert.deepStrictEqual(sent, [["SELECT $1", [2]]])
  }))

it.effect("the client's copies make the same statements", () =>
  Effect.gen(function*() {
    const { sql, through } = yield* recording
    yield* sql.safe`SELECT 1`
    yield* sql.withoutTransforms()`SELECT 1`
    assert.deepStrictEqual(through, ["ours", "ours"])
  }))
