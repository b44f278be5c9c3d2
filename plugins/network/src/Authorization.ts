/** `Guard` before endpoints of an HttpApi, as its middleware, and before routes of an HttpRouter, as a function. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type { Authenticator } from "./Authenticator.ts"
import type { DecisionLog } from "./DecisionLog.ts"
import { AuthenticationUnavailable, PermissionDenied, PermissionsUnavailable, Unauthenticated } from "./errors.ts"
import { Guard } from "./Guard.ts"
import type { Permissions } from "./Permissions.ts"
import type { Principal } from "./Principal.ts"
import * as Problem from "./Problem.ts"

/** Annotation of an endpoint or a group: the permission that the principal must have, for example `orders:create`. */
export class RequiredPermission
  extends Context.Service<RequiredPermission, string>()("@heptad/network/RequiredPermission")
{}

const permissionOf = (endpoint: HttpApiEndpoint.Top, group: HttpApiGroup.Top): string | undefined =>
  Context.getOrUndefined(endpoint.annotations, RequiredPermission) ??
    Context.getOrUndefined(group.annotations, RequiredPermission)

interface Place {
  readonly endpoint: HttpApiEndpoint.Top
  readonly group: HttpApiGroup.Top
}

/**
 * Put it on a group or an endpoint with `.middleware(Authorization)`, annotate the permission with
 * `.annotate(RequiredPermission, "orders:create")`, and give the handlers `Authorization.layer`. A refusal is answered here and
 * not raised: HttpApi would take a failure of the first scheme for a reason to try the next one.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Principal }>()(
  "@heptad/network/Authorization",
  {
    // What an OpenAPI document tells. Which of them are accepted, and the header of the key, are settings.
    security: { bearer: HttpApiSecurity.bearer, apiKey: HttpApiSecurity.apiKey({ key: "X-API-Key" }) },
    error: [
      Problem.of(Unauthenticated, "network.session_invalid"),
      Problem.of(PermissionDenied, "common.permission_denied"),
      Problem.of(PermissionsUnavailable, "common.not_initialized"),
      Problem.of(AuthenticationUnavailable, "common.not_initialized")
    ]
  }
) {
  static readonly layer: Layer.Layer<Authorization, never, Authenticator | Permissions | DecisionLog> = Layer.effect(
    Authorization,
    Effect.map(Guard, ({ admit }) => {
      const enter = <E, R>(handler: Effect.Effect<HttpServerResponse, E, R>, { endpoint, group }: Place) =>
        admit(handler, permissionOf(endpoint, group))
      return { bearer: enter, apiKey: enter }
    })
  ).pipe(Layer.provide(Guard.layer))

  /**
   * The same for a route:
   *
   * ```ts
   * HttpRouter.add("GET", "/report", Authorization.require("orders:read")(report)).pipe(HttpRouter.provideRequest(Guard.layer))
   * ```
   */
  static readonly require = (permission: string) =>
  <E, R>(
    handler: Effect.Effect<HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse, E, Exclude<R, Principal> | HttpServerRequest | Guard> =>
    Effect.flatMap(Guard, ({ admit }) => admit(handler, permission))
}
