/** A table: value in, service call, value out. */
import { Authorization, CompiledApi, InlineScripts, Principal } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as HttpEffect from "effect/http/HttpEffect"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Order } from "./Order.ts"
import { Orders } from "./Orders.ts"
import { OrdersApi } from "./OrdersApi.ts"
import { SmallBody } from "./SmallBody.ts"

const defaultLimit = 20

const withLocation = (order: Order) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(Response.setHeader(response, "location", `/orders/${order.id}`))
  )

const handlers = HttpApiBuilder.group(
  OrdersApi,
  "orders",
  Effect.fnUntraced(function*(group) {
    const orders = yield* Orders
    return group.handleAll({
      create: ({ headers, payload }) =>
        Principal.use(({ subject }) =>
          orders.accept({
            order: payload,
            by: subject,
            idempotencyKey: Option.fromUndefinedOr(headers["idempotency-key"])
          })
        ).pipe(Effect.tap(withLocation)),
      list: ({ query }) =>
        orders.list({ limit: query.limit ?? defaultLimit, after: Option.fromUndefinedOr(query.cursor) }),
      get: ({ params }) => orders.get(params.id),
      invoice: ({ params }) => orders.invoice(params.id),
      remove: ({ params }) => orders.remove(params.id)
    })
  })
)

/** The routes of the domain, its OpenAPI document, and a page to browse it that loads nothing from elsewhere. */
export const routes = Layer.merge(
  CompiledApi.layer(OrdersApi, { openapiPath: "/openapi.json" }),
  HttpApiSwagger.layer(OrdersApi, { path: "/docs" }).pipe(Layer.provide(InlineScripts.layer))
).pipe(Layer.provide(handlers), Layer.provide([Authorization.layer, SmallBody.layer]))
