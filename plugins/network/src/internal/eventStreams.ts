/**
 * Answers of the type text/event-stream, which Effect writes like every other stream: flushed event by event, held back by a slow
 * client, interrupted when the client has gone. Added here is what they need on their way through proxies and stops.
 *
 * A comment may stand after every complete line (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream),
 * so the ones that keep the connection are written beside the stream, by one timer for all of them.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import type * as http from "node:http"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import type { Exchange } from "./exchange.ts"

/** Neither caches nor proxies keep events back. */
const fields = { "cache-control": "no-store", "x-accel-buffering": "no" }

const newline = 10

class Open {
  readonly #response: http.ServerResponse
  #isQuiet = false
  #quietSince = 0
  #lastByte = newline

  constructor(response: http.ServerResponse) {
    this.#response = response
  }

  wrote(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#isQuiet = false
    this.#lastByte = chunk[chunk.length - 1] ?? newline
  }

  /** A client that does not take what is there already needs no more of it. */
  check(now: number, heartbeat: number): void {
    if (!this.#isQuiet) this.#quietSince = now
    this.#isQuiet = true
    if (now - this.#quietSince < heartbeat) return
    this.#quietSince = now
    if (this.#lastByte === newline && !this.#response.writableNeedDrain) this.#response.write(":\n")
  }
}

export interface EventStreams {
  /** The answer as it is sent: itself, unless it is an event stream. */
  readonly carried: (exchange: Exchange, response: HttpServerResponse) => HttpServerResponse
  /** Ends all of them, and those that begin later. */
  readonly end: Effect.Effect<void>
}

const isEventStream = ({ headers }: HttpServerResponse): boolean =>
  /^text\/event-stream(?:;|$)/i.test(headers["content-type"] ?? "")

/** What is compressed has no lines. */
const hasLines = ({ headers }: HttpServerResponse): boolean => headers["content-encoding"] === undefined

/** How late a heartbeat may be. */
const period = (heartbeat: number): number => Math.min(1000, heartbeat / 4)

/** `config` may change. */
export const make = Effect.fnUntraced(function*(config: Pick<NetworkConfig, "sse">) {
  const context = yield* Effect.context<never>()
  const clock = Context.get(context, Clock.Clock)
  const open = new Set<Open>()
  const ending = yield* Deferred.make<void>()

  const begin = (entry: Open, node: http.ServerResponse) =>
    Effect.sync(() => {
      open.add(entry)
      Metrics.eventStreams.modifyUnsafe(1, context)
      // The client learns that it is connected before there is something to tell.
      node.flushHeaders()
    })

  const end = (entry: Open) =>
    Effect.sync(() => {
      if (open.delete(entry)) Metrics.eventStreams.modifyUnsafe(-1, context)
    })

  const streamed = (stream: Stream.Stream<Uint8Array, unknown>, node: http.ServerResponse) =>
    Stream.suspend(() => {
      const entry = new Open(node)
      return stream.pipe(
        Stream.map((chunk) => {
          entry.wrote(chunk)
          return chunk
        }),
        Stream.interruptWhen(Deferred.await(ending)),
        Stream.onStart(begin(entry, node)),
        Stream.ensuring(end(entry))
      )
    })

  const carried: EventStreams["carried"] = (exchange, response) => {
    const { body, headers } = response
    if (body._tag !== "Stream" || !isEventStream(response)) return response
    const marked = Response.setHeaders(response, { ...fields, ...headers })
    return exchange.method === "HEAD" || !hasLines(response)
      ? marked
      : Response.setBody(marked, HttpBody.stream(streamed(body.stream, exchange.response), body.contentType))
  }

  const endAll = Effect.suspend(() =>
    Effect.andThen(Metric.update(Metrics.eventStreamsDrained, open.size), Deferred.succeed(ending, undefined))
  )

  const heartbeat = () => Duration.toMillis(config.sse.heartbeat)
  const beat = () => {
    const now = Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
    for (const entry of open) entry.check(now, heartbeat())
  }
  yield* Effect.forkScoped(
    Effect.forever(Effect.andThen(Effect.suspend(() => Effect.sleep(period(heartbeat()))), Effect.sync(beat)))
  )
  const made: EventStreams = { carried, end: Effect.asVoid(endAll) }
  return made
})
