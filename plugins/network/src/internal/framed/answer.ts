/** One framed request, from its frame to the frame of its answer. */
import { ErrorCode, type ErrorRegistry } from "@heptad/common"
import type { Lifecycle } from "@heptad/kernel"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { NetworkConfig } from "../../config.ts"
import type { FramedFailure } from "../../FramedRoute.ts"
import * as Metrics from "../../metrics.ts"
import type { Connection } from "./Connection.ts"
import { flags } from "./frame.ts"
import type { Refusal } from "./refusals.ts"
import { type Handled, metersOf, type Outcome, type Routes } from "./routes.ts"
import { decodeTrace, traceBytes } from "./trace.ts"

export interface Call {
  readonly connection: Connection
  readonly id: number
  readonly flags: number
  readonly payload: Uint8Array
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number
  route: Handled | undefined
}

export interface Options {
  readonly routes: Routes
  readonly registry: ErrorRegistry["Service"]
  readonly phase: Lifecycle["Service"]["phase"]
  readonly settings: Pick<NetworkConfig["framed"], "access_log" | "max_frame_size">
}

const notStarted: Refusal = {
  code: ErrorCode.of("network.not_started"),
  detail: "The server is still starting. Try again in a second."
}

const noRoute: Refusal = {
  code: ErrorCode.of("common.not_found"),
  detail: "This server answers no container of this type and version. Compare them with its documentation."
}

const replyTooLarge: Refusal = {
  code: ErrorCode.of("network.message_too_large"),
  detail: "The reply is larger than a frame may be. Ask for less at a time, or raise network.framed.max_frame_size."
}

const internal: Refusal = {
  code: ErrorCode.of("common.internal_error"),
  detail: "The server failed to answer this request. Look at its log."
}

const cancelled: Refusal = {
  code: ErrorCode.of("common.cancelled"),
  detail: "The server gave the request up before it had answered. Whether it had an effect is not known."
}

/** A failure's message is for the client only when the client is at fault. */
const refusalOf = (error: Refusal | FramedFailure): Refusal => {
  if (!("errorCode" in error)) return error
  const { errorCode: code, message } = error
  return { code, detail: code.httpStatus < 500 ? message : internal.detail }
}

const others = metersOf("OTHER")

/** Counts what became of a request. */
export const count = ({ route, startedAt }: Call, outcome: Outcome, context: Context.Context<never>): number => {
  const seconds = (performance.now() - startedAt) / 1000
  const meters = route?.meters ?? others
  meters[outcome].updateUnsafe(1, context)
  Metrics.framedRequestDuration.updateUnsafe(seconds, context)
  return seconds
}

const accessLine = ({ connection, route }: Call, outcome: Outcome, seconds: number) =>
  Effect.annotateLogs(Effect.logInfo("framed request"), {
    type: route?.type ?? "OTHER",
    outcome,
    duration_ms: Math.round(seconds * 1_000_000) / 1000,
    remote_address: connection.remoteAddress
  })

const isTraced = (call: Call): boolean => (call.flags & flags.traced) !== 0

const containerOf = (call: Call): Uint8Array => isTraced(call) ? call.payload.subarray(traceBytes) : call.payload

const parentOf = (call: Call): Tracer.ExternalSpan | undefined => isTraced(call) ? decodeTrace(call.payload) : undefined

/** Answers a request; never fails, and does not return when its connection goes away. */
export const answering = ({ phase, registry, routes, settings }: Options) => {
  let started = false

  const attempt = Effect.fnUntraced(function*(call: Call) {
    if (!started && (yield* phase) === "starting") return yield* Effect.fail(notStarted)
    started = true
    const { codecs } = routes
    if (codecs === undefined) return yield* Effect.fail(noRoute)
    const format = (call.flags & flags.json) === 0 ? "messagepack" : "json"
    const container = yield* codecs.decode(containerOf(call), format)
    const route = routes.find(container.header)
    if (route === undefined) return yield* Effect.fail(noRoute)
    call.route = route
    const { remoteAddress } = call.connection
    const reply = yield* route.answer(container, { header: container.header, remoteAddress }, parentOf(call))
    const bytes = yield* Effect.orDie(codecs.encode(reply, format))
    return bytes.length > settings.max_frame_size ? yield* Effect.fail(replyTooLarge) : bytes
  })

  const fail = Effect.fnUntraced(function*(call: Call, cause: Cause.Cause<Refusal | FramedFailure>) {
    const error = cause.reasons.find(Cause.isFailReason)?.error
    const refusal = error !== undefined ? refusalOf(error) : Cause.hasInterruptsOnly(cause) ? cancelled : internal
    call.connection.fail(call, refusal)
    if (refusal.code.httpStatus >= 500 && error !== notStarted) {
      yield* Effect.logError("framed request failed", cause)
      yield* registry.record(error ?? cause)
    }
    return error === undefined ? "defect" : "failed"
  })

  return Effect.fnUntraced(function*(call: Call) {
    const exit = yield* Effect.exit(attempt(call))
    if (Exit.isSuccess(exit)) call.connection.reply(call, exit.value)
    const outcome = Exit.isSuccess(exit) ? "ok" : yield* fail(call, exit.cause)
    const seconds = count(call, outcome, yield* Effect.context<never>())
    if (settings.access_log) yield* accessLine(call, outcome, seconds)
  })
}

/** For requests that outlive the budget of a stop. */
export const cutByStop: Refusal = {
  ...cancelled,
  detail: "The server stopped before it had answered. Whether the request had an effect is not known."
}
