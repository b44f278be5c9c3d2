/** The shapes of Effect that compiled endpoints rest on: when a release changes one of them, this says so. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import { hasRouteMiddleware, servedIn } from "../src/internal/compiled/apiShape.ts"
import { capturedContext } from "../src/internal/compiled/capturedContext.ts"
import { compile } from "../src/internal/compiled/endpoints.ts"
import { Api, Door, handlers } from "./conformanceApi.ts"

const served = Effect.map(
  Layer.build(handlers.pipe(Layer.provide(NodeHttpServer.layerHttpServices), Layer.provideMerge(HttpRouter.layer))),
  (context) => servedIn(Api, context)
).pipe(Effect.scoped)

const endpoints = (one: { readonly endpoint: { readonly identifier: string } }) => one.endpoint.identifier

describe("compiled endpoints", () => {
  it.effect("every endpoint is found with its handler and its route", () =>
    Effect.gen(function*() {
      const all = yield* served
      assert.lengthOf(all, Object.values(Api.groups).flatMap((group) => Object.keys(group.endpoints)).length)
      for (const { endpoint, route } of all) assert.strictEqual(route.path, endpoint.path)
    }))

  it.effect("the services of a group's handlers and middleware are captured, and nothing of the handler runs", () =>
    Effect.gen(function*() {
      const guest = (yield* served).find(({ endpoint }) => endpoint.identifier === "guest")
      const captured = guest === undefined ? undefined : capturedContext(guest.route)
      assert.isDefined(captured)
      if (captured !== undefined) assert.isDefined(Context.getOrUndefined(captured, Door))
    }))

  it.effect("what can only be read by Schema takes the general path, everything else is compiled", () =>
    Effect.gen(function*() {
      const general = (yield* served).filter((one) => compile(one) === undefined).map(endpoints)
      assert.deepStrictEqual(general, ["form", "bytes"])
    }))

  it.effect("middleware of routes is seen where they are added", () =>
    Effect.gen(function*() {
      const seen = new Array<boolean>()
      const look = HttpRouter.use(() =>
        Effect.map(Effect.context<never>(), (context) => {
          seen.push(hasRouteMiddleware(context))
        })
      )
      const around = HttpRouter.middleware((handler) => handler, { global: false })
      yield* Layer.build(
        Layer.mergeAll(look, look.pipe(Layer.fresh, Layer.provide(around.layer))).pipe(Layer.provide(HttpRouter.layer))
      )
      assert.sameMembers(seen, [false, true])
    }).pipe(Effect.scoped))
})
