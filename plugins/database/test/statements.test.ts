import { assert, it } from "@effect/vitest"
import { statementsOf } from "../src/internal/statements.ts"

const cases: ReadonlyArray<readonly [why: string, sql: string, statements: ReadonlyArray<string>]> = [
  ["nothing", "  \n", []],
  ["one without a semicolon", "SELECT 1", ["SELECT 1"]],
  ["empty ones", ";;SELECT 1;;", ["SELECT 1"]],
  ["several", "SELECT 1;\nSELECT 2;", ["SELECT 1", "SELECT 2"]],
  ["only comments", "-- a; b\n/* c; */", []],
  ["text", "SELECT 'a;''b'; SELECT 2", ["SELECT 'a;''b'", "SELECT 2"]],
  ["a backslash at the end of a text", String.raw`SELECT 'a\'; SELECT 2`, [String.raw`SELECT 'a\'`, "SELECT 2"]],
  ["a text with escapes", String.raw`SELECT E'a\';b'; SELECT 2`, [String.raw`SELECT E'a\';b'`, "SELECT 2"]],
  ["a word that ends in e before a text", "SELECT date';'; SELECT 2", ["SELECT date';'", "SELECT 2"]],
  ["names", `SELECT ";"";"; SELECT 2`, [`SELECT ";"";"`, "SELECT 2"]],
  ["a line comment", "SELECT 1 -- ; '\n; SELECT 2", ["SELECT 1 -- ; '", "SELECT 2"]],
  ["nested comments", "SELECT 1 /* ; /* ; */ ; */; SELECT 2", ["SELECT 1 /* ; /* ; */ ; */", "SELECT 2"]],
  ["a comment that never ends", "SELECT 1 /* ; SELECT 2", ["SELECT 1 /* ; SELECT 2"]],
  ["dollar quotes", "DO $$ BEGIN; END $$; SELECT 2", ["DO $$ BEGIN; END $$", "SELECT 2"]],
  ["tagged dollar quotes", "DO $a$ $$;$$ $b$;$b$ $a$; SELECT 2", ["DO $a$ $$;$$ $b$;$b$ $a$", "SELECT 2"]],
  ["a dollar inside a name", "SELECT a$$b; SELECT c$$d", ["SELECT a$$b", "SELECT c$$d"]],
  [
    "the body of a standard function",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 2",
    ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END", "SELECT 2"]
  ],
  ["begin and end of a transaction", "BEGIN; SELECT 1; END", ["BEGIN", "SELECT 1", "END"]]
]

it.each(cases)("cuts statements: %s", (_, sql, statements) => {
  assert.deepStrictEqual(statementsOf(sql), statements)
})
