/** Which handler answers which kind of container, and the codecs that came with the first of them. */
import { Codecs, type Container } from "@heptad/container"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"
import type { FramedFailure, FramedRequest, FramedRoute } from "../../FramedRoute.ts"
import type { FramedServer } from "../../FramedServer.ts"
import * as Metrics from "../../metrics.ts"
import { traced } from "./trace.ts"

export type Outcome = "ok" | "failed" | "defect" | "cancelled" | "cut"

export type Meters = Readonly<Record<Outcome, typeof Metrics.framedRequests>>

/** Prepared once, because merging attributes costs more than counting. */
export const metersOf = (type: string): Meters => {
  const meter = (outcome: Outcome) => Metric.withAttributes(Metrics.framedRequests, { type, outcome })
  return {
    ok: meter("ok"),
    failed: meter("failed"),
    defect: meter("defect"),
    cancelled: meter("cancelled"),
    cut: meter("cut")
  }
}

/** A route with its handler, and nothing of its types left. */
export interface Handled {
  readonly type: string
  readonly answer: (
    container: Container.Container,
    request: FramedRequest,
    parent: Tracer.ExternalSpan | undefined
  ) => Effect.Effect<Container.Container, FramedFailure>
  readonly meters: Meters
}

export class Routes {
  readonly #byType = new Map<string, Map<string, Handled>>()
  /** Whoever handles a route brings them; before that there is nothing to decode for. */
  codecs: Codecs["Service"] | undefined

  find({ type, version }: Container.Header): Handled | undefined {
    return this.#byType.get(type)?.get(version)
  }

  add(version: string, handled: Handled): boolean {
    const versions = this.#byType.get(handled.type) ?? new Map<string, Handled>()
    if (versions.has(version)) return false
    this.#byType.set(handled.type, versions.set(version, handled))
    return true
  }

  remove({ type, version }: Pick<Container.Header, "type" | "version">): void {
    const versions = this.#byType.get(type)
    versions?.delete(version)
    if (versions?.size === 0) this.#byType.delete(type)
  }
}

const replyHeader = ({ source, target, type, version }: Container.Header): Container.Header => ({
  source: target,
  target: source,
  type,
  version
})

const answerWith = <Payload, Reply, E extends FramedFailure, R>(
  { payload, reply, type }: FramedRoute<Payload, Reply>,
  handler: (payload: Payload, request: FramedRequest) => Effect.Effect<Reply, E, R>,
  context: Context.Context<R>
): Handled["answer"] => {
  const run = Effect.fnUntraced(function*(container: Container.Container, request: FramedRequest) {
    const decoded = yield* payload.fromContainer(container)
    const answer = yield* handler(decoded, request)
    // A reply that does not fit its own schema is the server's fault.
    return yield* Effect.orDie(reply.toContainer(answer, replyHeader(container.header)))
  })
  // The context is that of the boot: its span must not become the parent of every request.
  return (container, request, parent) => Effect.provideContext(traced(run(container, request), type, parent), context)
}

export const handleIn = (routes: Routes): FramedServer["Service"]["handle"] =>
  Effect.fnUntraced(function*<Payload, Reply, E extends FramedFailure, R>(
    route: FramedRoute<Payload, Reply>,
    handler: (payload: Payload, request: FramedRequest) => Effect.Effect<Reply, E, R>
  ) {
    const { type, version } = route
    const answer = answerWith(route, handler, yield* Effect.context<R>())
    if (!routes.add(version, { type, answer, meters: metersOf(type) })) {
      return yield* Effect.die(new Error(`two handlers of the framed route "${type}" ${version}: remove one of them`))
    }
    routes.codecs = yield* Codecs
    yield* Effect.addFinalizer(() => Effect.sync(() => routes.remove(route)))
  })
