/**
 * For pages whose scripts stand in them, as those of `HttpApiSwagger` and `HttpApiScalar` do. The policy of the settings
 * (`network.http.security_headers.content_security_policy`) stops such scripts, because it cannot know who wrote them; a page that
 * shows nothing of any user says so by this layer.
 *
 * ```ts
 * HttpApiSwagger.layer(Api).pipe(Layer.provide(InlineScripts.layer))
 * ```
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"

const policy = [
  "default-src 'self'",
  "base-uri 'none'",
  "font-src 'self' https: data:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "img-src 'self' https: data: blob:",
  "object-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' https: 'unsafe-inline'"
].join("; ")

const allowing = Effect.map(Response.setHeader("content-security-policy", policy))

export const layer: Layer.Layer<never> = HttpRouter.middleware(allowing).layer
