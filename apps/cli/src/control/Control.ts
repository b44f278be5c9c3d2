/** Asks a running app and tells it what to do, over the control API on its health port. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { holderIsAlive } from "@heptad/common/plugin"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as ProblemDetails from "effect/http/ProblemDetails"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type ControlError, ControlMisunderstood, ControlRefused, ControlUnreachable } from "../errors.ts"
import type { Given } from "./flags.ts"
import { find, type Role } from "./Target.ts"

const deadline = Duration.seconds(10)

type Answer = Effect.Effect<Schema.Json, ControlError>

export class Control extends Context.Service<Control, {
  /** Where the app listens. */
  readonly url: string
  /** Whether the process still runs; where that cannot be seen from here, whether it still answers. */
  readonly isAlive: Effect.Effect<boolean>
  /** Asks; needs the token of the role `read`. */
  readonly read: (operation: string, input?: Schema.Json) => Answer
  /** Tells; needs the operator's token. */
  readonly write: (operation: string, input: Schema.Json, options: { readonly dryRun: boolean }) => Answer
}>()("@heptad/cli/Control") {
  static readonly layer = (given: Given) =>
    Layer.effect(Control, make(given)).pipe(
      // Follows no redirect, which would carry the token elsewhere, and takes every port, unlike fetch.
      Layer.provide(NodeHttpClient.layerNodeHttp)
    )
}

const Json = Schema.fromJsonString(Schema.Json)
const decodeJson = Schema.decodeUnknownEffect(Json)
const decodeProblem = Schema.decodeUnknownOption(Schema.fromJsonString(ProblemDetails.Schema))

const answerOf = Effect.fnUntraced(function*(operation: string, { status, text }: HttpClientResponse) {
  const body = yield* text
  if (status === 200) {
    return yield* Effect.mapError(
      decodeJson(body),
      () => new ControlMisunderstood({ operation, problem: "it is no JSON" })
    )
  }
  const problem = Option.getOrUndefined(decodeProblem(body))
  const { detail, title = `HTTP ${status}` } = problem ?? {}
  return yield* new ControlRefused({ operation, status, title, ...(detail === undefined ? {} : { detail }) })
})

const make = Effect.fnUntraced(function*(given: Given) {
  const { holder, token, url } = yield* find(given)
  const client = yield* HttpClient.HttpClient
  const files = yield* Effect.context<FileSystem.FileSystem>()
  const unreachable = (problem: string) => new ControlUnreachable({ url, problem })

  const send = Effect.fnUntraced(
    function*(role: Role, operation: string, request: HttpClientRequest.HttpClientRequest) {
      const authorized = HttpClientRequest.bearerToken(request, yield* token(role))
      return yield* answerOf(operation, yield* client.execute(HttpClientRequest.acceptJson(authorized)))
    },
    Effect.catchTag("HttpClientError", ({ reason }) => Effect.fail(unreachable(whyNot(reason)))),
    Effect.timeoutOrElse({
      duration: deadline,
      orElse: () => Effect.fail(unreachable(`no answer within ${Duration.format(deadline)}`))
    }),
    Effect.provideContext(files)
  )

  const read = (operation: string, input: Schema.Json = {}) =>
    send(
      "read",
      operation,
      HttpClientRequest.get(`${url}/control/${operation}`, { urlParams: { input: JSON.stringify(input) } })
    )
  const answers = Effect.match(read("status"), {
    onSuccess: () => true,
    onFailure: ({ _tag }) => _tag !== "ControlUnreachable"
  })
  const isAlive = Option.match(Option.filter(holder, ({ here }) => here), {
    onNone: () => answers,
    onSome: (process) => Effect.provideContext(holderIsAlive(process), files)
  })

  return Control.of({
    url,
    isAlive,
    read,
    write: (operation, input, { dryRun }) =>
      send(
        "operator",
        operation,
        HttpClientRequest.post(`${url}/control/${operation}`, { urlParams: dryRun ? { dry_run: "true" } : {} }).pipe(
          HttpClientRequest.bodyJsonUnsafe(input)
        )
      )
  })
})

const whyNot = (reason: { readonly cause?: unknown; readonly message: string }): string =>
  reason.cause instanceof Error ? reason.cause.message : reason.message
