/** The framed client on `node:net` and `node:tls`: opens a connection, keeps it, opens the next one. */
import { Codecs } from "@heptad/container"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as net from "node:net"
import * as tls from "node:tls"
import { FramedUnreachable, FrameTooLarge } from "../../errors.ts"
import type { ClientOptions, FramedClient, RequestError } from "../../FramedClient.ts"
import type { FramedRoute } from "../../FramedRoute.ts"
import * as Metrics from "../../metrics.ts"
import { ClientConnection } from "./ClientConnection.ts"
import { Exchange, type Failure, type Job } from "./Exchange.ts"
import { flags } from "./frame.ts"
import type { Rules } from "./Owner.ts"
import { tickOf } from "./tick.ts"
import { encodeTrace, traceBytes } from "./trace.ts"

const millis = (duration: Duration.Input): number => Duration.toMillis(duration)

const rulesOf = (options: ClientOptions): Rules => ({
  maxFrame: options.maxFrameSize ?? 1024 * 1024,
  maxInFlight: options.maxInFlight ?? 128,
  writeHighWater: Number.POSITIVE_INFINITY,
  write: millis(options.writeTimeout ?? "30 seconds"),
  handshake: millis(options.connectTimeout ?? "5 seconds"),
  read: millis(options.readTimeout ?? "30 seconds"),
  heartbeatInterval: millis(options.heartbeatInterval ?? "15 seconds"),
  heartbeatTimeout: millis(options.heartbeatTimeout ?? "10 seconds"),
  idle: Number.POSITIVE_INFINITY
})

const socketOf = ({ host, port, tls: secure }: ClientOptions, ready: () => void): net.Socket =>
  (secure === undefined ? net.connect({ host, port }, ready) : tls.connect({ ...secure, host, port }, ready))
    .setNoDelay(true)

interface Opened {
  readonly connection: ClientConnection
  /** Opens when no request may be sent on it any more. */
  readonly gone: Latch.Latch
}

type Connections = Set<ClientConnection>

const openWith = (options: ClientOptions, rules: Rules, exchange: Exchange, connections: Connections) => {
  const { host, port } = options
  const unreachable = (problem: string) => new FramedUnreachable({ host, port, problem })
  return Effect.callback<Opened, FramedUnreachable>((resume) => {
    const gone = Latch.makeUnsafe(false)
    const socket = socketOf(options, () => connection.greet())
    const connection = new ClientConnection(socket, rules, exchange, {
      ready: () => resume(Effect.succeed({ connection, gone })),
      leaving: () => leave("the server asked for no more requests"),
      closed: (problem) => {
        connections.delete(connection)
        leave(problem)
        resume(Effect.fail(unreachable(problem)))
      }
    })
    const leave = (problem: string): void => {
      if (exchange.current === connection) exchange.disconnected(problem)
      gone.openUnsafe()
    }
    connections.add(connection)
    return Effect.sync(() => connection.destroy())
  }).pipe(Effect.timeoutOrElse({
    duration: rules.handshake,
    orElse: () => Effect.fail(unreachable(`no answer within ${rules.handshake} ms`))
  }))
}

/** Half of the pause is left to chance, so that clients of one server do not come back together. */
const pause = ({ initialBackoff = "100 millis", maxBackoff = "10 seconds" }: ClientOptions, failures: number) =>
  Effect.flatMap(Random.next, (chance) => {
    const longest = Math.min(millis(maxBackoff), millis(initialBackoff) * 2 ** failures)
    return Effect.sleep(longest * (0.5 + chance / 2))
  })

/** Connects, and connects again, until it is interrupted. */
const keepConnected = (open: ReturnType<typeof openWith>, exchange: Exchange, options: ClientOptions) => {
  const name = options.name ?? `${options.host}:${options.port}`
  const connects = (outcome: string) => Metric.withAttributes(Metrics.framedClientConnects, { client: name, outcome })
  const [succeeded, failed] = [connects("ok"), connects("failed")]
  let failures = 0

  const once = Effect.matchEffect(open, {
    onSuccess: ({ connection, gone }) => {
      failures = 0
      exchange.connected(connection)
      return Effect.andThen(Metric.update(succeeded, 1), gone.await)
    },
    onFailure: ({ problem }) => {
      exchange.disconnected(problem)
      return Metric.update(failed, 1)
    }
  })
  return Effect.forever(Effect.andThen(once, Effect.suspend(() => pause(options, failures++))))
}

const metersOf = (client: string) => {
  const made = new Map<string, typeof Metrics.framedClientRequests>()
  return (outcome: string) => {
    const found = made.get(outcome) ?? Metric.withAttributes(Metrics.framedClientRequests, { client, outcome })
    made.set(outcome, found)
    return found
  }
}

const outcomeOf = (exit: Exit.Exit<unknown, RequestError>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  return exit.cause.reasons.find(Cause.isFailReason)?.error._tag ?? "interrupted"
}

/** A client span where a tracer is installed. */
const traced = <A, E, R>(self: Effect.Effect<A, E, R>, type: string): Effect.Effect<A, E, R> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Context.get(context, Tracer.Tracer) === Tracer.nativeTracer
      ? self
      : Effect.withSpan(self, type, { kind: "client", captureStackTrace: false })
  )

const prefixIn = (context: Context.Context<never>): Uint8Array | undefined => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  return span === undefined ? undefined : encodeTrace(span)
}

const exchanged = (exchange: Exchange, sending: Pick<Job, "flags" | "prefix" | "payload" | "timeoutMillis" | "type">) =>
  Effect.callback<Uint8Array, Failure>((resume) => {
    const job: Job = {
      ...sending,
      resume,
      since: performance.now(),
      connection: undefined,
      id: 0,
      timer: undefined
    }
    exchange.submit(job)
    return Effect.sync(() => exchange.abandon(job))
  })

const requesting = (options: ClientOptions, rules: Rules, exchange: Exchange, codecs: Codecs["Service"]) => {
  const { format = "messagepack", source = "", target = "" } = options
  const usual = millis(options.requestTimeout ?? "30 seconds")
  const formatFlag = format === "json" ? flags.json : 0

  const bounded = (bytes: Uint8Array): Effect.Effect<Uint8Array, FrameTooLarge> => {
    const limit = (exchange.current?.maxFrame ?? rules.maxFrame) - traceBytes
    return bytes.length > limit ? Effect.fail(new FrameTooLarge({ bytes: bytes.length, limit })) : Effect.succeed(bytes)
  }

  return Effect.fnUntraced(function*<Payload, Reply>(
    { payload: coder, reply, type, version }: FramedRoute<Payload, Reply>,
    value: Payload,
    timeoutMillis = usual
  ) {
    const container = yield* coder.toContainer(value, { source, target, type, version })
    const payload = yield* bounded(yield* codecs.encode(container, format))
    const prefix = prefixIn(yield* Effect.context<never>())
    const all = formatFlag | (prefix === undefined ? 0 : flags.traced)
    const bytes = yield* exchanged(exchange, { type, flags: all, prefix, payload, timeoutMillis })
    return yield* reply.fromContainer(yield* codecs.decode(bytes, format))
  })
}

/** Connections and requests end with the scope. */
const running = Effect.fnUntraced(function*(options: ClientOptions, rules: Rules, exchange: Exchange) {
  const connections: Connections = new Set()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      exchange.close()
      for (const connection of connections) connection.destroy()
    })
  )
  const tickAll = Effect.sync(() => {
    for (const connection of connections) connection.tick()
  })
  yield* Effect.forkScoped(Effect.repeat(tickAll, Schedule.spaced(tickOf(rules))))
  yield* Effect.forkScoped(keepConnected(openWith(options, rules, exchange, connections), exchange, options), {
    startImmediately: true
  })
  return connections
})

export const connect = Effect.fnUntraced(function*(options: ClientOptions) {
  const { host, maxWaiting = 1000, name = `${options.host}:${options.port}`, port, waitTimeout = "2 seconds" } = options
  const rules = rulesOf(options)
  const exchange = new Exchange({ host, port, maxWaiting, waitMillis: millis(waitTimeout) })
  const connections = yield* running(options, rules, exchange)
  const send = requesting(options, rules, exchange, yield* Codecs)
  const meter = metersOf(name)
  const client: FramedClient = {
    request: (route, payload, { timeout } = {}) =>
      traced(send(route, payload, timeout === undefined ? undefined : millis(timeout)), route.type).pipe(
        Effect.onExit((exit) => Metric.update(meter(outcomeOf(exit)), 1))
      ),
    state: Effect.sync(() => ({
      connected: exchange.current !== undefined,
      inFlight: [...connections].reduce((sum, { inFlight }) => sum + inFlight, 0),
      waiting: exchange.waiting
    }))
  }
  return client
})
