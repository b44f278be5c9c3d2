/**
 * Serves an `HttpApi` as `HttpApiBuilder.layer` does, and lets the server make its endpoints ready at the start. Definitions and handlers
 * stay Effect's. What cannot be compiled (bodies that are no JSON, streams, raw handlers, routes with middleware of the router) answers as before.
 */
import * as Effect from "effect/Effect"
import type * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import { announce } from "./internal/routes.ts"

/**
 * The routes of an API, in place of `HttpApiBuilder.layer(api, options)`: same requirements, same answers.
 *
 * ```ts
 * const routes = CompiledApi.layer(Api).pipe(Layer.provide(handlers))
 * ```
 */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
  options?: { readonly openapiPath?: `/${string}` | undefined }
): ReturnType<typeof HttpApiBuilder.layer<Id, Groups>> =>
  Layer.merge(
    HttpApiBuilder.layer(api, options),
    HttpRouter.use((router) => Effect.map(Effect.context<never>(), (context) => announce(router, api, context)))
  )
