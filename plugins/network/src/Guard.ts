/**
 * The door of protected handlers: credential -> principal -> permission -> handler, or the answer of the refusal. Deny by
 * default: without a permission nobody gets in. `Authorization` puts it before endpoints, `Authorization.require` before
 * routes; what a client sees is the same.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { Authenticator } from "./Authenticator.ts"
import { CurrentRequest } from "./CurrentRequest.ts"
import { type Decision, DecisionLog } from "./DecisionLog.ts"
import {
  type AuthenticationUnavailable,
  PermissionDenied,
  type PermissionsUnavailable,
  type TooManyRequests,
  Unauthenticated
} from "./errors.ts"
import { Permissions } from "./Permissions.ts"
import { Principal } from "./Principal.ts"
import * as Problem from "./Problem.ts"
import { withinQuota } from "./rateLimited.ts"

type Refusal = Unauthenticated | AuthenticationUnavailable | PermissionDenied | PermissionsUnavailable | TooManyRequests

const answer = (error: Refusal, headers?: Readonly<Record<string, string>>): Effect.Effect<HttpServerResponse> =>
  Effect.map(
    CurrentRequest,
    (request) => Problem.toResponse(Problem.make({ code: error.errorCode, detail: error.message }, request), headers)
  )

/** The server's own failure stands in the log with its cause. */
const failed = (error: PermissionsUnavailable) =>
  Effect.andThen(Effect.logError("request failed", Cause.fail(error)), answer(error))

type Principals = Principal["Service"]

type Verdict = Pick<Decision, "outcome" | "reason">

const verdicts = {
  granted: { outcome: "granted", reason: "a role has it" },
  denied: { outcome: "denied", reason: "no role of the subject has it" },
  unnamed: { outcome: "denied", reason: "the endpoint names no permission" },
  unavailable: { outcome: "unavailable", reason: "the permissions cannot be read" }
} as const satisfies Readonly<Record<string, Verdict>>

export class Guard extends Context.Service<Guard, {
  /** Runs the handler as the principal of the request when it has the permission; else answers 401, 403 or 503. */
  readonly admit: <E, R>(
    handler: Effect.Effect<HttpServerResponse, E, R>,
    permission: string | undefined
  ) => Effect.Effect<HttpServerResponse, E, Exclude<R, Principal> | HttpServerRequest>
}>()("@heptad/network/Guard") {
  static readonly layer: Layer.Layer<Guard, never, Authenticator | Permissions | DecisionLog> = Layer.effect(
    Guard,
    Effect.gen(function*() {
      const { authenticate, challenge } = yield* Authenticator
      const { allows } = yield* Permissions
      const { record } = yield* DecisionLog

      const refused = (error: Unauthenticated | AuthenticationUnavailable) =>
        error instanceof Unauthenticated ? answer(error, { "www-authenticate": challenge(error) }) : answer(error)

      const decided = (
        principal: Principals,
        permission: string | undefined,
        verdict: Verdict,
        next: Effect.Effect<HttpServerResponse>
      ) => Effect.andThen(record({ principal, permission, ...verdict }), next)

      const denied = (principal: Principals, permission: string) =>
        decided(principal, permission, verdicts.denied, answer(new PermissionDenied({ permission })))

      const unnamed = (principal: Principals) =>
        decided(principal, undefined, verdicts.unnamed, answer(new PermissionDenied({})))

      const enter = <E, R>(
        handler: Effect.Effect<HttpServerResponse, E, R>,
        principal: Principals,
        permission: string
      ) =>
        Effect.andThen(
          record({ principal, permission, ...verdicts.granted }),
          Effect.provideService(handler, Principal, principal)
        )

      const authorize = <E, R>(
        handler: Effect.Effect<HttpServerResponse, E, R>,
        principal: Principals,
        permission: string
      ): Effect.Effect<HttpServerResponse, E, Exclude<R, Principal>> =>
        Effect.matchEffect(allows(principal, permission), {
          onFailure: (error) => decided(principal, permission, verdicts.unavailable, failed(error)),
          onSuccess: (yes) => yes ? enter(handler, principal, permission) : denied(principal, permission)
        })

      return {
        admit: <E, R>(handler: Effect.Effect<HttpServerResponse, E, R>, permission: string | undefined) =>
          Effect.contextWith((context: Context.Context<HttpServerRequest>) =>
            Effect.matchEffect(authenticate(Context.get(context, HttpServerRequest)), {
              onFailure: refused,
              onSuccess: (principal): Effect.Effect<HttpServerResponse, E, Exclude<R, Principal>> => {
                const request = Context.get(context, CurrentRequest)
                request.userId = principal.subject
                const next = permission === undefined ? unnamed(principal) : authorize(handler, principal, permission)
                return withinQuota(request, next, answer)
              }
            })
          )
      }
    })
  )
}
