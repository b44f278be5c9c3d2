import { assert, it } from "@effect/vitest"
import { Kernel, Lifecycle, type LifecycleEvent } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
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

/** What really happened, told by the events of a run. */
const recordedOf = async (table: Table) => {
  const plugins = fromTable(rows(table))
  const run = Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(Kernel.layerOf(plugins), scope)
    const events = yield* Effect.forkChild(Stream.runCollect(Context.get(context, Lifecycle).events))
    yield* Scope.close(scope, Exit.void)
    return yield* Fiber.join(events)
  })
  const [events, plan] = await Promise.all([Effect.runPromise(run), Effect.runPromise(Kernel.plan(plugins))])
  const order = (tag: LifecycleEvent["_tag"]) =>
    events.flatMap((event) => event._tag === tag && "name" in event ? [event.name] : [])
  return { plan, started: order("PluginStarted"), stopped: order("PluginStopped") }
}

/** Cuts an order into waves of the planned sizes; inside a wave the order is chance. */
const inWaves = (waves: ReadonlyArray<ReadonlyArray<string>>, order: ReadonlyArray<string>) => {
  const rest = [...order]
  return waves.map((wave) => rest.splice(0, wave.length).toSorted())
}

it("does what was planned: recorded waves equal planned waves, for random graphs", async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (table) => {
      const { plan, started, stopped } = await recordedOf(table)
      assert.deepStrictEqual(inWaves(plan.start, started), plan.start.map((wave) => wave.toSorted()))
      assert.deepStrictEqual(inWaves(plan.stop, stopped), plan.stop.map((wave) => wave.toSorted()))
    }),
    { numRuns: 150 }
  )
})
