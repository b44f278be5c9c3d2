/**
 * The way of a request that asks for another protocol: through the list and the router like every other one, until its handler opens
 * what it asks for. From then on the connection is the handler's, and what it comes to is no answer any more. A WebSocket has its
 * limits in `webSockets.ts`; of what another protocol does with its connection only its handler knows.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Headers from "effect/http/Headers"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Socket from "effect/socket/Socket"
import { closing } from "../middleware/limits.ts"
import type { App } from "../middleware/Middleware.ts"
import * as Problem from "../Problem.ts"
import type { Answers } from "./answers.ts"
import type { Exchange } from "./exchange.ts"
import { opening, pacedRequest } from "./pacedRequest.ts"

/** Begins the answer of an exchange with 101; what the list adds to it. */
export type Switching = (exchange: Exchange) => Readonly<Record<string, string>>

const late: Problem.Occurrence = {
  code: "common.timeout",
  plugin: "network",
  detail: "The server did not open the WebSocket in time. Connect again later."
}

const nobody = Effect.succeed(Response.empty({ status: 499 }))

/** A peer that goes is the end of every connection, and no failure of its handler. */
const ended = (exchange: Exchange) => (cause: Cause.Cause<unknown>) => {
  const { isSwitched, request: { socket }, upgrade } = exchange
  if (!isSwitched && upgrade?.isLate === true && Cause.hasInterruptsOnly(cause)) {
    return Effect.succeed(Problem.toResponse(Problem.make(late, exchange), closing))
  }
  const isGone = isSwitched || socket.destroyed || socket.writableEnded
  return isGone && Socket.isSocketError(Cause.squash(cause)) ? nobody : Effect.failCause(cause)
}

/** Of a protocol that is none of the server's. */
const plainRequest = (exchange: Exchange, request: HttpServerRequest.HttpServerRequest, switching: Switching) =>
  opening(
    request,
    (upgradeWith) => ({ headers }) =>
      Effect.suspend(() => upgradeWith({ headers: { ...switching(exchange), ...Headers.fromInput(headers) } }))
  )

interface Options {
  readonly router: App<unknown>
  readonly exchangeOf: (request: HttpServerRequest.HttpServerRequest) => Exchange | undefined
  readonly switching: Switching
}

/** The router, for requests that may leave HTTP. */
export const leaving = ({ exchangeOf, router, switching }: Options): App<unknown> =>
  Effect.withFiber((fiber) => {
    const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
    const exchange = exchangeOf(request)
    if (exchange === undefined) return router
    const { upgrade } = exchange
    if (upgrade !== undefined) upgrade.fiber = fiber
    const own = upgrade === undefined ? plainRequest(exchange, request, switching) : pacedRequest(upgrade, request)
    fiber.setContext(Context.add(fiber.context, HttpServerRequest.HttpServerRequest, own))
    return Effect.catchCause(router, ended(exchange))
  })

/** Answers in place of another protocol end the connection, for which node reads no requests any more. */
export const lastAnswers = (answers: Answers): Answers => ({
  ...answers,
  write: ({ isSwitched, request }) => isSwitched || request.socket.writableEnded,
  dressed: (exchange, response, fiber) => {
    const { socket } = exchange.request
    socket.once("finish", () => socket.destroy())
    return Response.setHeaders(answers.dressed(exchange, response, fiber), closing)
  }
})

const switchingProtocols = Response.empty({ status: 101 })

/** The list sees the end of a request at its 101: what follows is no request. */
export const switchingBy = ({ dressed }: Answers): Switching => (exchange) => {
  const fiber = Fiber.getCurrent() ?? exchange.upgrade?.fiber
  const route = fiber === undefined ? undefined : Context.getOrUndefined(fiber.context, HttpRouter.RouteContext)
  exchange.route = route?.route.path
  exchange.isSwitched = true
  return dressed(exchange, switchingProtocols, fiber).headers
}
