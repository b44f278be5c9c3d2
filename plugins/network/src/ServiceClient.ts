/** Clients of the services below `network.upstreams`: Effect's HttpClient, with every policy of the settings behind it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import { UpstreamUnknown } from "./errors.ts"

export class ServiceClient extends Context.Service<ServiceClient, {
  /**
   * The client of one upstream, for requests with a path and without a host: `client.get("/orders/1")`, or
   * `HttpApiClient.makeWith(OrdersApi, { httpClient: client })`. It follows every change of the settings.
   */
  readonly upstream: (name: string) => Effect.Effect<HttpClient.HttpClient, UpstreamUnknown>
}>()("@heptad/network/ServiceClient") {
  /** For tests: one upstream that is answered by `client`, without policies. */
  static readonly layerUpstream = (upstream: string, client: HttpClient.HttpClient): Layer.Layer<ServiceClient> =>
    Layer.succeed(ServiceClient, {
      upstream: (name) =>
        name === upstream
          ? Effect.succeed(client)
          : Effect.fail(new UpstreamUnknown({ upstream: name, known: [upstream] }))
    })
}
