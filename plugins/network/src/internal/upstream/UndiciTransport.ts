/**
 * One request to one endpoint, by Effect's HttpClient on undici: a pool of HTTP/1.1 connections for each endpoint, redirects,
 * and the answer read completely, so that no connection is left to the mercy of who reads it. Answers that are read as a
 * stream hold their connection by a scope that ends with them.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Request from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Scope from "effect/Scope"
import { readFile } from "node:fs/promises"
import { createSecureContext } from "node:tls"
import { CurrentRequest } from "../../CurrentRequest.ts"
import { UpstreamCaUnusable, UpstreamFailed, type UpstreamFault } from "../../errors.ts"
import { type Call, type Failed, toClientError } from "./call.ts"
import type { Endpoint } from "./endpoints.ts"
import { failureOf } from "./faults.ts"
import type { Policy } from "./policy.ts"
import { streamed } from "./streamed.ts"
import { UpstreamResponse, whole } from "./UpstreamResponse.ts"

export interface Transport {
  readonly send: (call: Call, endpoint: Endpoint) => Effect.Effect<HttpClientResponse, Failed>
  /** Whether the endpoint is well. */
  readonly probe: (endpoint: Endpoint, path: string) => Effect.Effect<boolean>
}

const problemOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Read and understood here: undici would tell a bad file at each connection and not at the start. */
const readCa = ({ caFile: file, name: upstream }: Policy) =>
  file === undefined ? Effect.undefined : Effect.tryPromise({
    try: async () => {
      const ca = await readFile(file)
      createSecureContext({ ca })
      if (!ca.includes("-----BEGIN CERTIFICATE-----")) throw new Error("it holds no certificate")
      return ca
    },
    catch: (error) => new UpstreamCaUnusable({ upstream, file, problem: problemOf(error) })
  })

const dispatcherOf = (policy: Policy, ca: Buffer | undefined, maxResponseSize: number) =>
  NodeHttpClient.makeDispatcherOptions({
    connections: policy.connections,
    pipelining: 1,
    // A connection is one request at a time, so that limits and balancing count what is really under way.
    allowH2: false,
    keepAliveTimeout: policy.keepAliveMillis,
    keepAliveMaxTimeout: policy.keepAliveMillis,
    maxResponseSize,
    connect: { timeout: policy.connectMillis, ...(ca === undefined ? {} : { ca }) }
  })

const absolute = /^[a-z][a-z0-9+.-]*:|^\/\//i

const misaddressed = (request: Request.HttpClientRequest) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.InvalidUrlError({
      request,
      description: "an upstream is asked by a path such as /orders/1; its settings say where it is"
    })
  })

/** For the endpoint, in the name of the request that is answered here. */
const addressed = (request: Request.HttpClientRequest, { url }: Endpoint, requestId: string) => {
  const there = Request.prependUrl(request, url)
  return requestId === "" || request.headers["x-request-id"] !== undefined
    ? there
    : Request.setHeader(there, "x-request-id", requestId)
}

const isRedirect = ({ headers, status }: HttpClientResponse): boolean =>
  status >= 300 && status < 400 && headers["location"] !== undefined

/** Answers that are no success are read whole in any case, so that they can be judged and tried again. */
const isStreamed = (response: HttpClientResponse, call: Call): boolean => call.streamed && response.status < 400

/** Streams have connections of their own: they neither obey the size of an answer nor keep requests waiting for long. */
const clientOf = Effect.fnUntraced(function*(policy: Policy, ca: Buffer | undefined, maxResponseSize: number) {
  const dispatcher = yield* dispatcherOf(policy, ca, maxResponseSize)
  const client = yield* Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, dispatcher)
  const scoped = HttpClient.withScope(client)
  return policy.max_redirects === 0 ? scoped : HttpClient.followRedirects(scoped, policy.max_redirects)
})

/** The scope of the upstream ends with the last request on it. */
export const make = Effect.fnUntraced(function*(policy: Policy) {
  const scope = yield* Effect.scope
  const ca = yield* readCa(policy)
  const wholes = yield* clientOf(policy, ca, Math.max(1, policy.max_response_size))
  const streams = yield* clientOf(policy, ca, -1)

  const faultAt = (endpoint: Endpoint, fault: UpstreamFault) =>
    new UpstreamFailed({ upstream: policy.name, endpoint: endpoint.url, fault })

  const failedAt = (endpoint: Endpoint) => (error: HttpClientError.HttpClientError): Failed => {
    const failure = failureOf(error)
    return failure === undefined
      ? error
      : new UpstreamFailed({ upstream: policy.name, endpoint: endpoint.url, ...failure })
  }

  const streaming = (call: Call, endpoint: Endpoint, held: Scope.Closeable, response: HttpClientResponse) => {
    const failed = failedAt(endpoint)
    call.streaming = true
    const end = Effect.andThen(
      Scope.close(held, Exit.void),
      Effect.sync(() => call.atEnd.splice(0).forEach((done) => done()))
    )
    return streamed({
      response,
      end,
      scope,
      idleMillis: policy.idleMillis,
      failed: (error) => toClientError(call.request, failed(error)),
      silent: toClientError(call.request, faultAt(endpoint, "timeout"))
    })
  }

  /** `held` closes with the answer. */
  const read = (call: Call, endpoint: Endpoint, held: Scope.Closeable) =>
  (
    response: HttpClientResponse
  ): Effect.Effect<HttpClientResponse, Failed> => {
    if (policy.max_redirects > 0 && isRedirect(response)) return Effect.fail(faultAt(endpoint, "too_many_redirects"))
    return isStreamed(response, call)
      ? streaming(call, endpoint, held, response)
      : Effect.mapBoth(response.arrayBuffer, {
        onSuccess: (body) => new UpstreamResponse(response, whole(body)),
        onFailure: failedAt(endpoint)
      })
  }

  const send: Transport["send"] = (call, endpoint) =>
    Effect.contextWith((context: Context.Context<never>) => {
      if (absolute.test(call.request.url)) return Effect.fail(misaddressed(call.request))
      const held = Scope.makeUnsafe()
      call.abort = () => Effect.runForkWith(context)(Scope.close(held, Exit.void))
      const request = addressed(call.request, endpoint, Context.get(context, CurrentRequest).requestId)
      return Effect.provideService((call.streamed ? streams : wholes).execute(request), Scope.Scope, held).pipe(
        Effect.mapError(failedAt(endpoint)),
        Effect.flatMap(read(call, endpoint, held)),
        // A whole answer has left its connection by itself.
        Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : Scope.close(held, exit))
      )
    })

  const probe: Transport["probe"] = (endpoint, path) =>
    Effect.scoped(wholes.execute(Request.prependUrl(Request.get(path), endpoint.url))).pipe(
      Effect.match({ onFailure: () => false, onSuccess: ({ status }) => status < 400 }),
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
    )

  return { send, probe }
})
