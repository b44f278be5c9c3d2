import { Contract, Kernel, type KernelError, Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, test } from "tstyche"

class Database extends Context.Service<Database, { readonly query: string }>()("@test/Database") {}
class Cache extends Context.Service<Cache, { readonly get: string }>()("@test/Cache") {}
class Orders extends Context.Service<Orders, { readonly count: number }>()("@test/Orders") {}

const manifest = { name: "@test/package", version: "1.0.0" }
const config = Schema.Struct({})
const DatabaseContract = Contract.make({ name: "database", manifest, services: [Database] })
const CacheContract = Contract.make({ name: "cache", manifest, services: [Cache] })
const OrdersContract = Contract.make({ name: "orders", manifest, services: [Orders] })

const orders = Layer.effect(Orders, Effect.map(Database, ({ query }) => ({ count: query.length })))
const database = Layer.succeed(Database, { query: "SELECT 1" })

const DatabasePlugin = Plugin.make({
  manifest,
  contract: DatabaseContract,
  requires: [],
  config,
  layer: () => database
})
const OrdersPlugin = Plugin.make({
  manifest,
  contract: OrdersContract,
  requires: [DatabaseContract],
  config,
  layer: () => orders
})

describe("Kernel.layer", () => {
  test("a whole app needs nothing and provides every contract", () => {
    expect(Kernel.layer([DatabasePlugin, OrdersPlugin])).type.toBe<
      Layer.Layer<Database | Orders | Plugin.KernelServices, KernelError, never>
    >()
  })

  test("an app that forgets a plugin keeps its service in the requirements and cannot be run", () => {
    expect(Kernel.layer([OrdersPlugin])).type.toBe<Layer.Layer<Orders | Plugin.KernelServices, KernelError, Database>>()
    expect(Effect.runPromise).type.not.toBeCallableWith(Kernel.launch([OrdersPlugin]))
    expect(Effect.runPromise).type.toBeCallableWith(Kernel.launch([DatabasePlugin, OrdersPlugin]))
  })
})

describe("Plugin.make", () => {
  const whole = { manifest, contract: OrdersContract, config }

  test("a Layer that needs a service of an unnamed contract does not compile", () => {
    expect(Plugin.make).type.not.toBeCallableWith({ ...whole, requires: [], layer: () => orders })
    expect(Plugin.make).type.not.toBeCallableWith({ ...whole, requires: [CacheContract], layer: () => orders })
    expect(Plugin.make).type.toBeCallableWith({ ...whole, requires: [DatabaseContract], layer: () => orders })
  })

  test("a Layer that does not keep the whole contract does not compile", () => {
    expect(Plugin.make).type.not.toBeCallableWith({ ...whole, requires: [], layer: () => database })
  })

  test("a Layer may keep more than the contract promises", () => {
    const more = Layer.merge(orders, Layer.succeed(Cache, { get: "" }))
    expect(Plugin.make).type.toBeCallableWith({ ...whole, requires: [DatabaseContract], layer: () => more })
  })
})

test("the services of a contract are the union of its keys", () => {
  expect<Contract.Services<typeof DatabaseContract>>().type.toBe<Database>()
})
