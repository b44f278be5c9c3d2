import { assert, it } from "@effect/vitest"
import { Database } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as FastCheck from "fast-check"
import { fingerprintOf } from "../src/internal/queries/fingerprint.ts"
import * as Metrics from "../src/metrics.ts"
import { connect } from "./connect.ts"

/** Runs a test and answers its warnings about statements. */
const warningsOn = <A, E, R>(sections: object, test: (warnings: ReadonlyArray<string>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const warnings: Array<string> = []
    const logger = Logger.make(({ message }) => {
      const text = [message].flat().join(" ")
      if (/statement/.test(text)) warnings.push(text.replace(/\d+ ms/, "n ms"))
    })
    yield* test(warnings).pipe(
      Effect.provide(
        Layer.mergeAll(connect({ ...TestDatabase.settings(coordinates), ...sections }), Logger.layer([logger]))
      )
    )
    return warnings
  })

it.live("a slow statement is told once per burst, with its time, rows and span, without values", () =>
  Effect.gen(function*() {
    const before = (yield* Metric.value(Metrics.slowQueries)).count
    const warnings = yield* warningsOn({ slow_queries: { threshold: "500ms" } }, () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const slow = sql`SELECT pg_sleep(${0.3}), 'secret', 42 AS n FROM generate_series(1, 2)`
        yield* Effect.withSpan(slow, "report")
        yield* slow
        yield* sql`SELECT 1`
      }))
    assert.deepStrictEqual(warnings, [
      `slow statement (n ms, 2 rows, in span "report"): SELECT pg_sleep(?), ? AS n FROM generate_series(?)`
    ])
    assert.strictEqual((yield* Metric.value(Metrics.slowQueries)).count - before, 2)
  }))

it.live("explain adds the plan, of a statement in a transaction too, and runs nothing again", () =>
  Effect.gen(function*() {
    const warnings = yield* warningsOn(
      { slow_queries: { threshold: "500ms", explain: true } },
      (told) =>
        Effect.gen(function*() {
          const sql = yield* SqlClient
          const { transaction } = yield* Database
          yield* sql`CREATE TABLE things (id int PRIMARY KEY, name text)`
          yield* transaction()(sql`INSERT INTO things SELECT ${1}::int, pg_sleep(${0.6})::text`)
          yield* Effect.repeat(Effect.sync(() => told.length), {
            until: (count) => count === 1,
            schedule: Schedule.spaced("10 millis")
          })
          assert.lengthOf(yield* sql`SELECT * FROM things`, 1)
        })
    )
    assert.match(
      warnings[0] ?? "",
      /^slow statement \(n ms, 1 rows, in span "sql.transaction"\): INSERT INTO things SELECT \?::int, .*\nInsert on things/
    )
  }))

it.live("the same statement for each row of another is told once, naming span and statement", () =>
  Effect.gen(function*() {
    const warnings = yield* warningsOn({ repeated_queries: { threshold: 3 } }, () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const one = (id: number) => Effect.withSpan(sql`SELECT ${id}::int AS id WHERE 'x' = 'x'`, "Things.get")
        yield* Effect.withSpan(Effect.forEach([1, 2, 3], one), "GET /few")
        yield* Effect.withSpan(Effect.forEach([1, 2, 3, 4, 5, 6], one), "GET /many")
        yield* Effect.withSpan(
          Effect.forEach([1, 2, 3, 4, 5, 6], (n) => sql.withTransaction(sql.unsafe(`SELECT 1 AS n${n}`))),
          "GET /transactions"
        )
        yield* Effect.forEach([1, 2, 3, 4, 5, 6], one)
      }))
    assert.deepStrictEqual(warnings, [
      `the same statement was sent more than 3 times in span "GET /many": SELECT ?::int AS id WHERE ? = ?. Ask for all rows at ` +
      "once (= ANY, a join), or batch the requests (SqlResolver, Database.inserter)."
    ])
  }))

it.live("statements are timed by operation, under the name of OpenTelemetry", () =>
  Effect.gen(function*() {
    const count = (sql: string) => Effect.map(Metric.value(Metrics.durationOf(sql)), ({ count }) => count)
    const before = [yield* count("SELECT 1"), yield* count("VACUUM")]
    yield* warningsOn({}, () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* sql`select 1`
        yield* sql`ANALYZE`
      }))
    const after = [yield* count("SELECT 1"), yield* count("VACUUM")]
    assert.deepStrictEqual(after.map((each, index) => each - (before[index] ?? 0)), [1, 1])
  }))

it("statements that differ in values and in the lengths of lists have the same fingerprint", () => {
  for (
    const [sql, expected] of [
      [
        "SELECT * FROM t WHERE a = $1 AND b = 'it''s' -- why\n AND c=1.5e3",
        "SELECT * FROM t WHERE a = ? AND b = ? AND c=?"
      ],
      ["INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6)", "INSERT INTO t (a, b) VALUES (?)"],
      ["SELECT 1 WHERE id IN (1, 2,3)", "SELECT ? WHERE id IN (?)"],
      [
        `SELECT "a 1", t1.c2 FROM t1 /* 'x' */ WHERE x = E'a\\'b' AND y = $q$ it's $q$`,
        `SELECT "a 1", t1.c2 FROM t1 WHERE x = ? AND y = ?`
      ],
      ["SELECT 'open", "SELECT ?"]
    ] as const
  ) {
    assert.strictEqual(fingerprintOf(sql), expected)
  }
})

it("a fingerprint of anything is short, made in no time, and shows no literal", () => {
  const piece = FastCheck.constantFrom(
    "'",
    "''",
    "\"",
    "$",
    "$a$",
    "$$",
    "E'",
    "\\",
    "--",
    "\n",
    "/*",
    "*/",
    "(",
    ")",
    ",",
    "?",
    "1",
    "a",
    " "
  )
  const text = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.array(piece, { maxLength: 3000 }).map((all) => all.join(""))
  )
  FastCheck.assert(FastCheck.property(text, (sql) => {
    const startedAt = performance.now()
    const fingerprint = fingerprintOf(sql)
    assert.isAtMost(fingerprint.length, 500)
    assert.isBelow(performance.now() - startedAt, 250)
  }))
  const quoted = FastCheck.string().map((value) => `secret-${value}`)
  FastCheck.assert(
    FastCheck.property(
      quoted,
      (value) => assert.notInclude(fingerprintOf(`SELECT '${value.replaceAll("'", "''")}' AS x`), "secret")
    )
  )
})
