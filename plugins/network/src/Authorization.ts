/**
 * The door of protected endpoints: bearer token -> principal -> permission. Deny by default: an endpoint below this
 * middleware that names no permission, itself or by its group, answers 403 to everybody.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as HttpEffect from "effect/http/HttpEffect"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { CurrentRequest } from "./CurrentRequest.ts"
import { PermissionDenied, PermissionsUnavailable, Unauthenticated } from "./errors.ts"
import { Permissions } from "./Permissions.ts"
import { Principal } from "./Principal.ts"
import * as Problem from "./Problem.ts"
import { TokenVerifier } from "./TokenVerifier.ts"

/** Annotation of an endpoint or a group: the permission that the principal must have, for example `orders:create`. */
export class RequiredPermission
  extends Context.Service<RequiredPermission, string>()("@heptad/network/RequiredPermission")
{}

/** RFC 6750: a client without a token is told the scheme only, one with a bad token also why. */
const challengeOf = ({ fault, message }: Unauthenticated): string =>
  fault === "missing"
    ? `Bearer realm="heptad"`
    : `Bearer realm="heptad", error="invalid_token", error_description="${message}"`

const challenge = (error: Unauthenticated) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(Response.setHeader(response, "www-authenticate", challengeOf(error)))
  )

const permissionOf = (endpoint: HttpApiEndpoint.Top, group: HttpApiGroup.Top): string | undefined =>
  Context.getOrUndefined(endpoint.annotations, RequiredPermission) ??
    Context.getOrUndefined(group.annotations, RequiredPermission)

/**
 * Put it on a group or an endpoint with `.middleware(Authorization)`, annotate the permission with
 * `.annotate(RequiredPermission, "orders:create")`, and give the handlers `Authorization.layer`.
 */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Principal }>()(
  "@heptad/network/Authorization",
  {
    security: { bearer: HttpApiSecurity.bearer },
    error: [
      Problem.of(Unauthenticated, "network.session_invalid"),
      Problem.of(PermissionDenied, "common.permission_denied"),
      Problem.of(PermissionsUnavailable, "common.not_initialized")
    ]
  }
) {
  static readonly layer: Layer.Layer<Authorization, never, TokenVerifier | Permissions> = Layer.effect(
    Authorization,
    Effect.gen(function*() {
      const permissions = yield* Permissions
      const verifier = yield* TokenVerifier

      const authenticate = Effect.fnUntraced(
        function*(credential: Redacted.Redacted) {
          if (Redacted.value(credential) === "") return yield* new Unauthenticated({ fault: "missing" })
          return yield* Effect.mapError(verifier.verify(credential), ({ fault }) => new Unauthenticated({ fault }))
        },
        Effect.tapError(challenge)
      )

      const authorize = Effect.fnUntraced(function*(principal: Principal["Service"], permission: string | undefined) {
        if (permission === undefined) return yield* new PermissionDenied({})
        if (!(yield* permissions.allows(principal, permission))) return yield* new PermissionDenied({ permission })
      })

      return {
        bearer: Effect.fnUntraced(function*(handler, { credential, endpoint, group }) {
          const principal = yield* authenticate(credential)
          const request = yield* CurrentRequest
          request.userId = principal.subject
          yield* authorize(principal, permissionOf(endpoint, group))
          return yield* Effect.provideService(handler, Principal, principal)
        })
      }
    })
  )
}
