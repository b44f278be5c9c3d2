import { assert, it } from "@effect/vitest"
import { Kernel } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { fromTable, type Row } from "./plugins.ts"

/** A random acyclic table: plugin i requires only plugins before it, and the list is shuffled by its keys' order. */
const tables = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { minLength: size, maxLength: size }).chain((edges) =>
    fc.shuffledSubarray(edges.map((_, index) => index), { minLength: size, maxLength: size }).map((order) =>
      new Map(order.map((index) => [
        `p${index}`,
        [...new Set((edges[index] ?? []).filter((to) => to < index).map((to) => `p${to}`))]
      ]))
    )
  )
)

type Table = ReadonlyMap<string, ReadonlyArray<string>>

const rows = (table: Table, failing?: string): Record<string, Row> =>
  Object.fromEntries(
    [...table].map(([name, requires]) => [
      name,
      { requires, build: name === failing ? Effect.die("planted") : Effect.void }
    ])
  )

const journalOf = (table: Table, failing?: string) => {
  const journal: Array<string> = []
  const run = Effect.scoped(Layer.build(Kernel.layer(fromTable(rows(table, failing), journal))))
  return Effect.runPromise(Effect.map(Effect.exit(run), (exit) => ({ exit, journal })))
}

const named = (journal: ReadonlyArray<string>, what: string) =>
  journal.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1))

const beforeAllDependants = (table: Table, order: ReadonlyArray<string>) =>
  order.every((name, index) => (table.get(name) ?? []).every((required) => order.slice(0, index).includes(required)))

it("starts every random graph in a topological order and stops it in one of the reverse", async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (table) => {
      const { exit, journal } = await journalOf(table)
      assert.isTrue(Exit.isSuccess(exit))
      assert.lengthOf(named(journal, "start"), table.size)
      assert.isTrue(beforeAllDependants(table, named(journal, "start")))
      assert.isTrue(beforeAllDependants(table, named(journal, "stop").toReversed()))
    }),
    { numRuns: 150 }
  )
})

it("stops exactly what had started when the build of any node fails", async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.nat(), async (table, pick) => {
      const failing = [...table.keys()][pick % table.size]
      const { exit, journal } = await journalOf(table, failing)
      assert.isTrue(Exit.isFailure(exit))
      const started = named(journal, "start")
      assert.sameMembers(named(journal, "stop"), started)
      assert.notInclude(started, failing)
      assert.isTrue(started.every((name) => !(table.get(name) ?? []).includes(failing ?? "")))
      assert.isTrue(beforeAllDependants(table, named(journal, "stop").toReversed()))
    }),
    { numRuns: 150 }
  )
})
