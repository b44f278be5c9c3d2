/**
 * No order needs more than 64 KB, even with every character escaped. Megabytes are refused unparsed: naming each fault of
 * a million wrong lines would cost the server gigabytes.
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Layer from "effect/Layer"

const limit = ByteSize.fromInputUnsafe(64 * 1024)

export class SmallBody extends HttpApiMiddleware.Service<SmallBody>()("@heptad/orders/SmallBody") {
  static readonly layer: Layer.Layer<SmallBody> = Layer.succeed(
    SmallBody,
    (handler) => Effect.provideService(handler, HttpIncomingMessage.MaxBodySize, limit)
  )
}
