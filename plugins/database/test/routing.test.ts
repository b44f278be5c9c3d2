/** The pure parts of choosing a server. */
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as fc from "fast-check"
import * as Balance from "../src/internal/nodes/balance.ts"
import { nameOf, parseEndpoint } from "../src/internal/nodes/endpoint.ts"
import * as Node from "../src/internal/nodes/Node.ts"
import { isPlainRead } from "../src/internal/nodes/reads.ts"
import { positionOf, toReport } from "../src/internal/nodes/report.ts"
import { primaryOf, targetsOf } from "../src/internal/nodes/targets.ts"
import { Written } from "../src/internal/nodes/written.ts"
import { configOf } from "../src/internal/testServer.ts"

it("reads an endpoint as it is written, and shows it in the same way", () => {
  assert.deepStrictEqual(parseEndpoint("db-1"), { host: "db-1", port: 5432 })
  assert.deepStrictEqual(parseEndpoint(" db-1.example.com:6432 "), { host: "db-1.example.com", port: 6432 })
  assert.deepStrictEqual(parseEndpoint("[fd00::1]:6432"), { host: "fd00::1", port: 6432 })
  assert.deepStrictEqual(parseEndpoint("/run/postgresql:6432"), { host: "/run/postgresql", port: 6432 })
  for (const wrong of ["", "db:0", "db:65536", "db:port", "a b", "fd00::1", "user@/db", "db:1:2", "[db", "run/pg"]) {
    assert.strictEqual(parseEndpoint(wrong) !== undefined && wrong, false)
  }
  assert.throws(
    () => configOf({ ha: { read_replicas: { endpoints: ["db:99999"] } } }),
    /Expected an endpoint such as "db-replica-01:5432" or "\[fd00::1\]:5432"/
  )
})

it("takes any text for an endpoint or refuses it, and what it took it takes again", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary-ascii" })), (text) => {
    const endpoint = parseEndpoint(text)
    if (endpoint !== undefined) assert.deepStrictEqual(parseEndpoint(nameOf(endpoint)), endpoint)
  }))
})

it("knows a plain read", () => {
  for (
    const sql of [
      "SELECT 1",
      "  \n-- why\n/* what */ select * from orders",
      "(SELECT 1) UNION (SELECT 2)",
      "VALUES (1)",
      "TABLE orders",
      "SHOW server_version",
      "WITH a AS (SELECT 1) SELECT * FROM a",
      "SELECT updated_at, deleted FROM orders"
    ]
  ) assert.isTrue(isPlainRead(sql), sql)
  for (
    const sql of [
      "INSERT INTO orders VALUES (1)",
      "SELECT * FROM orders FOR UPDATE",
      "SELECT * FROM orders FOR  NO KEY UPDATE SKIP LOCKED",
      "select * from orders for\nshare",
      "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
      "SELECT nextval('ids')",
      "SELECT * INTO copies FROM orders",
      "SELECT pg_advisory_lock(1)",
      "SELECT pg_notify('a', 'b')",
      "SELECT * FROM pg_stat_activity",
      "EXPLAIN SELECT 1",
      "selection",
      "-- SELECT 1",
      ""
    ]
  ) assert.isFalse(isPlainRead(sql), sql)
})

it("looks at long texts in no time", () => {
  for (const part of ["/*", "(", "--\n", "for ", " ", "/* *"]) {
    const startedAt = performance.now()
    isPlainRead(part.repeat(200_000))
    assert.isBelow(performance.now() - startedAt, 1000, part)
  }
})

it("reads any answer of a server", () => {
  assert.strictEqual(positionOf("16/B374D848"), 0x16B374D848n)
  assert.deepStrictEqual(toReport([false, "off", "0/3000060", "000000020000000000000003", "18.4 (Debian)", "180004"]), {
    role: "primary",
    readOnly: false,
    position: 0x3000060n,
    timeline: 2,
    version: "18.4",
    versionNumber: 180004
  })
  assert.strictEqual(toReport([true, "on", null, null, { toString: 1 }, Symbol("number")]).versionNumber, 0)
  fc.assert(fc.property(fc.array(fc.anything()), (row) => {
    assert.include(["primary", "replica"], toReport(row).role)
  }))
})

const target = (name: string) => ({
  kind: "external" as const,
  host: name,
  port: 5432,
  database: "d",
  user: "u",
  password: undefined,
  sslMode: "disable" as const
})

const node = (name: string, fields: Partial<Node.Node>) => Object.assign(Node.make(target(name)), fields)

const says = (role: "primary" | "replica", timeline?: number, readOnly = false): Partial<Node.Node> => ({
  problem: undefined,
  report: { role, readOnly, position: 0n, timeline, version: "18", versionNumber: 180000 }
})

it("of several primaries the one of the highest timeline is it, of equal ones the known one", () => {
  const [a, b, c] = [node("a", says("primary", 1)), node("b", says("primary", 2)), node("c", says("replica"))]
  assert.deepStrictEqual(Node.judge([a, b, c], a, 0), { primary: b, rivals: [a] })
  const twin = node("twin", says("primary", 2))
  assert.strictEqual(Node.judge([b, twin], twin, 2).primary, twin)
  assert.deepStrictEqual(Node.judge([a, c], undefined, 2), { primary: undefined, rivals: [a] })
  assert.strictEqual(Node.judge([node("r", says("primary", 1, true))], undefined, 0).primary, undefined)
  assert.strictEqual(
    Node.judge([node("gone", { ...says("primary", 1), problem: "no answer" })], undefined, 0).primary,
    undefined
  )
})

it("round_robin takes each in turn, random any, least_connections the one with the least to do", () => {
  const among = [{ name: "a", busy: 2 }, { name: "b", busy: 0 }, { name: "c", busy: 1 }]
  const choose = Balance.make(() => 0.99)
  assert.deepStrictEqual([1, 2, 3, 4].map(() => choose("round_robin", among)?.name), ["a", "b", "c", "a"])
  assert.strictEqual(choose("random", among)?.name, "c")
  assert.strictEqual(choose("least_connections", among)?.name, "b")
  for (const policy of ["round_robin", "random", "least_connections"] as const) {
    assert.strictEqual(choose(policy, []), undefined)
  }
})

const inTrace = (traceId: string) =>
  Effect.map(
    Effect.forkChild(Effect.withFiber((fiber) => Effect.succeed(fiber))),
    (fiber) => {
      fiber.setContext(Context.add(fiber.context, Tracer.ParentSpan, Tracer.externalSpan({ spanId: "1", traceId })))
      return fiber
    }
  )

it.effect("remembers who has written by trace, and what does not fit for everybody", () =>
  Effect.gen(function*() {
    const written = new Written(2)
    const [a, again, b, c, stranger] = yield* Effect.forEach(["a", "a", "b", "c", "d"], inTrace)
    if (a === undefined || again === undefined || b === undefined || c === undefined || stranger === undefined) return
    written.mark(a, 1)
    assert.strictEqual(written.until(again), 1)
    assert.strictEqual(written.until(stranger), Number.NEGATIVE_INFINITY)
    written.mark(b, 2)
    written.mark(c, 3)
    assert.strictEqual(written.until(again), 1)
    assert.strictEqual(written.until(stranger), 1)
    written.forget(3)
    assert.strictEqual(yield* Effect.map(inTrace("b"), (reader) => written.until(reader)), 1)
    assert.strictEqual(yield* Effect.map(inTrace("c"), (reader) => written.until(reader)), 3)
    yield* Fiber.interruptAll([a, again, b, c, stranger])
  }))

it("names each server once, with what its entry says and else what the primary's says", () => {
  const config = configOf({
    ha: { read_replicas: { endpoints: ["b:6432", "c", "primary:5432"] } },
    connections: {
      primary: { host: "primary", user: "shop", password: "p" },
      replicas: [{ host: "b", port: 6432, database: "copy", user: "reader", password: "r", ssl_mode: "require" }]
    }
  })
  const source = { current: { config }, refresh: Effect.void }
  const targets = targetsOf(source, primaryOf(source, "primary"))
  const shown = targets.map((
    { database, host, password, port, sslMode, user }
  ) => [host, port, database, user, password && Redacted.value(password), sslMode])
  assert.deepStrictEqual(shown, [
    ["primary", 5432, "heptad", "shop", "p", "prefer"],
    ["b", 6432, "copy", "reader", "r", "require"],
    ["c", 5432, "heptad", "shop", "p", "prefer"]
  ])
})
