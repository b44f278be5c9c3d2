import { ServiceClient, UpstreamCall, UpstreamFailed } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"

const Order = Schema.Struct({ id: Schema.String, total: Schema.Int })

const find = HttpApiEndpoint.get("find", "/orders/:id", { params: { id: Schema.String }, success: Order })

const OrdersApi = HttpApi.make("orders").add(HttpApiGroup.make("orders").add(find))

/** The order, or undefined while the upstream is not called. `ip_hash` sends one customer to one endpoint. */
export const order = Effect.fnUntraced(
  function*(id: string) {
    const httpClient = yield* (yield* ServiceClient).upstream("orders")
    const client = yield* HttpApiClient.makeWith(OrdersApi, { httpClient })
    return yield* client.orders.find({ params: { id } })
  },
  Effect.provideService(UpstreamCall, { hashKey: "customer-17" }),
  Effect.catchTag(
    "HttpClientError",
    (error) =>
      error.cause instanceof UpstreamFailed && error.cause.fault === "circuit_open"
        ? Effect.undefined
        : Effect.fail(error)
  )
)
