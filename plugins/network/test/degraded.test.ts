import { assert, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Contract, Kernel, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Network, NetworkContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { until } from "./support.ts"

const range = { "@heptad/common": "^0.1.0", "@heptad/network": "^0.1.0", "@test/store": "^1.0.0" }
const manifest = { name: "@test/shop", version: "1.0.0", peerDependencies: range }
const storeManifest = { name: "@test/store", version: "1.0.0" }
const config = Schema.Struct({})

class Store extends Context.Service<Store, { readonly find: Effect.Effect<string> }>()("@test/Store") {}
const StoreContract = Contract.make({ name: "store", manifest: storeManifest, services: [Store] })

class Away extends Schema.TaggedError<Away>()("Away", {}) {
  override get message() {
    return "the disk is away"
  }
}

const Common = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config,
  layer: () => layerMemory
})

/** Starts once `there` is open. */
const storeOf = (there: Latch.Latch) =>
  Plugin.make({
    manifest: storeManifest,
    contract: StoreContract,
    requires: [],
    config,
    layer: () =>
      Layer.effect(
        Store,
        Effect.suspend(() =>
          there.isOpen() ? Effect.succeed({ find: Effect.succeed("a thing") }) : Effect.fail(new Away())
        )
      )
  })

/** Adds its routes whether the store is there or not. */
const Lazy = Plugin.make({
  manifest,
  contract: Contract.make({ name: "lazy", manifest, services: [] }),
  requires: [NetworkContract, StoreContract],
  config,
  paths: ["/lazy"],
  layer: () =>
    Layer.effectDiscard(Effect.gen(function*() {
      const { find } = yield* Store
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/lazy", Effect.map(find, (text) => Response.text(text)))
    }))
})

/** Needs the store before it can add its routes. */
const Eager = Plugin.make({
  manifest,
  contract: Contract.make({ name: "eager", manifest, services: [] }),
  requires: [NetworkContract, StoreContract],
  config,
  paths: ["/eager"],
  layer: () =>
    Layer.effectDiscard(Effect.gen(function*() {
      const text = yield* Effect.flatMap(Store, ({ find }) => find)
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/eager/things", Response.text(text))
    }))
})

const get = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(url)
    const body = await response.text()
    return { status: response.status, retryAfter: response.headers.get("retry-after"), body }
  })

const problem = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({
  status: Schema.Int,
  code: Schema.String,
  plugin: Schema.optionalKey(Schema.String),
  detail: Schema.String
})))

it.live("routes that need a plugin that is away answer 503 in its name, others serve, and all of it heals", () =>
  Effect.gen(function*() {
    const there = yield* Latch.make(false)
    const policies = {
      store: {
        onFailure: "degrade",
        attempts: 1,
        initialBackoff: Duration.millis(20),
        maxBackoff: Duration.millis(20)
      }
    } as const
    const context = yield* Layer.build(Layer.provide(
      Kernel.layer([Common, NetworkPlugin, storeOf(there), Lazy, Eager]),
      settings({ network: { tcp: { port: 0 } } }, { policies })
    ))
    const { url } = Context.get(context, Network).address

    const lazy = yield* get(`${url}/lazy`)
    const away =
      `"store" is not available at the moment: the disk is away. It is tried again by itself; try again later.`
    assert.deepStrictEqual(problem(lazy.body), {
      status: 503,
      code: "common.not_initialized",
      plugin: "store",
      detail: away
    })
    assert.strictEqual(lazy.retryAfter, "1")

    const eager = yield* get(`${url}/eager/things`)
    assert.deepStrictEqual(problem(eager.body), {
      status: 503,
      code: "common.not_initialized",
      plugin: "eager",
      detail: `"eager" is not available at the moment: it needs "store", which is not there: the disk is away. ` +
        "It is tried again by itself; try again later."
    })
    assert.strictEqual((yield* get(`${url}/elsewhere`)).status, 404)

    yield* there.open
    yield* until(Effect.map(get(`${url}/eager/things`), ({ status }) => status === 200))
    assert.deepStrictEqual([(yield* get(`${url}/lazy`)).body, (yield* get(`${url}/eager/things`)).body], [
      "a thing",
      "a thing"
    ])
  }))
