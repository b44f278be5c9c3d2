/**
 * The sample domain in a test: network, thread pool and orders are the real plugins; common, the database and the permissions
 * are swapped for plugins that keep the same contracts with what a test wants. The compiler knows whether one is missing.
 *
 *     npx vitest run docs/examples
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { DatabaseContract } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import { Kernel, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Network, type Permissions, PermissionsContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import { bearer, layerPermissions } from "@heptad/network/testing"
import { OrdersPlugin } from "@heptad/orders/plugin"
import { ThreadPlugin } from "@heptad/thread/plugin"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expectTypeOf } from "vitest"
import manifest from "./package.json" with { type: "json" }

const swapped = { manifest, requires: [], config: Schema.Struct({}) }
const clerks = layerPermissions({ clerk: ["orders:create"] })

const TestCommon = Plugin.make({ ...swapped, contract: CommonContract, layer: () => layerMemory })
const FreshDatabase = Plugin.make({ ...swapped, contract: DatabaseContract, layer: () => TestDatabase.layer })
const TestPermissions = Plugin.make({ ...swapped, contract: PermissionsContract, layer: () => clerks })

const others = [TestCommon, FreshDatabase, ThreadPlugin, NetworkPlugin, OrdersPlugin] as const

const app = Kernel.layer([...others, TestPermissions]).pipe(
  Layer.provide(settings({ network: { tcp: { port: 0 }, auth: { roles_from_token: true } } })),
  Layer.provideMerge(FetchHttpClient.layer)
)

const missing = `- "orders" requires the contract "permissions", which no plugin of this app keeps. ` +
  "Add a plugin that keeps it (contract of @heptad/network)."

const order = { customer: "acme", lines: [{ sku: "A-1", quantity: 2, unit_price_cents: 1250 }] }

const statusFor = Effect.fnUntraced(function*(role: string) {
  const { address } = yield* Network
  const authorization = yield* bearer({ sub: "alice", roles: [role] })
  const body = HttpBody.jsonUnsafe(order)
  return (yield* HttpClient.post(`${address.url}/orders`, { headers: { authorization }, body })).status
})

describe("orders with swapped plugins", () => {
  layer(app, { excludeTestServices: true })((it) => {
    it.effect("takes an order of a role that the table names, and refuses another", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* statusFor("clerk"), 201)
        assert.strictEqual(yield* statusFor("guest"), 403)
      }))
  })

  it("shows in its type which plugin was forgotten, so that it cannot be run", () => {
    const forgotten = Kernel.layer(others)
    expectTypeOf<Layer.Services<typeof forgotten>>().toEqualTypeOf<Permissions>()
    expectTypeOf<Layer.Services<typeof app>>().toBeNever()
  })

  it.effect("does not start without it, where the list is only known at run time", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(Effect.scoped(Layer.build(Kernel.layerOf(others))))
      assert.strictEqual(message, missing)
    }))
})
