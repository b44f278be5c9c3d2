/**
 * The services that `HttpApiBuilder.group` closed over for its handlers. Effect keeps them inside the route's effect, which
 * puts them on its fiber as its first step: here that step is watched, and nothing after it runs. Only place that knows this; when a
 * release of Effect works otherwise, nothing is captured, and the endpoint takes the general path.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpRouter from "effect/http/HttpRouter"

/** Ends the watched fiber before anything of the handler or its middleware runs. */
const enough = new Error("captured")

type Captured = Context.Context<never>

export const capturedContext = (route: HttpRouter.Route<unknown, unknown>): Captured | undefined => {
  let captured: Captured | undefined
  const watched = Effect.withFiber((fiber) => {
    const setContext = fiber.setContext.bind(fiber)
    fiber.setContext = (context) => {
      fiber.setContext = setContext
      captured = context
      throw enough
    }
    return route.handler
  })
  Effect.runForkWith(Context.makeUnsafe<unknown>(new Map()))(Effect.exit(watched))
  return captured
}
