/** The two routes on Effect's HttpRouter. */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { Order } from "../orderSchema.ts"

const echo = HttpServerRequest.schemaBodyJson(Order).pipe(
  Effect.map((order) => HttpServerResponse.jsonUnsafe(order))
)

export const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.text("hello")),
  HttpRouter.add("POST", "/echo", echo)
)
