/** The rounds of the health checks and what they add up to. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Unhealthy } from "../errors.ts"
import type { HealthCheck, HealthKind, HealthResult, HealthStatus } from "../HealthRegistry.ts"
import { failedChecks } from "../metrics.ts"
import { Pace } from "../Pace.ts"

const reasonOf = (exit: Exit.Exit<void, Unhealthy>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const error = Cause.squash(exit.cause)
  return Cause.hasDies(exit.cause) || !(error instanceof Error) ? `failed by a bug: ${String(error)}` : error.message
}

/**
 * One round: undefined when it passes, else the reason. A run that ignores its interruption keeps its fiber, and later
 * rounds wait for that one: a stuck check fails every round and never piles up.
 */
const prober = ({ run, timeout }: HealthCheck, scope: Scope.Scope): Effect.Effect<string | undefined> => {
  let running: Fiber.Fiber<void, Unhealthy> | undefined
  return Effect.gen(function*() {
    if (running?.pollUnsafe() !== undefined) running = undefined
    running ??= yield* Effect.forkIn(run, scope)
    const exit = yield* Effect.timeoutOption(Fiber.await(running), timeout)
    if (Option.isNone(exit)) {
      running.interruptUnsafe()
      return `timed out after ${Duration.format(timeout)}`
    }
    running = undefined
    return reasonOf(exit.value)
  })
}

/** Operators hear about a change, not about every round. */
const tell = (name: string, before: HealthStatus, reason: string | undefined) =>
  reason === undefined
    ? before === "fail" ? Effect.logInfo(`health check ${name} passes again`) : Effect.void
    : before === "fail"
    ? Effect.void
    : Effect.logWarning(`health check ${name} fails: ${reason}`)

const restOf = ({ interval }: HealthCheck) => interval instanceof Pace ? interval.rest : Effect.sleep(interval)

const worst = (results: ReadonlyArray<HealthResult>): HealthStatus => {
  const critical = results.filter((result) => result.criticality === "critical")
  if (critical.some((result) => result.status === "fail")) return "fail"
  if (critical.some((result) => result.status === "unknown")) return "unknown"
  return results.some((result) => result.criticality === "degrading" && result.status === "fail") ? "warn" : "pass"
}

export const make = () => {
  const results = new Map<string, HealthResult>()

  const round = Effect.fnUntraced(function*(check: HealthCheck, probe: Effect.Effect<string | undefined>) {
    const startedAt = yield* Clock.currentTimeMillis
    const reason = yield* probe
    const checkedAtMillis = yield* Clock.currentTimeMillis
    const { criticality, kind, name } = check
    const before = results.get(name)?.status ?? "unknown"
    const timing = { checkedAtMillis, durationMillis: checkedAtMillis - startedAt }
    results.set(
      name,
      reason === undefined
        ? { name, kind, criticality, status: "pass", ...timing }
        : { name, kind, criticality, status: "fail", reason, ...timing }
    )
    if (reason !== undefined) yield* Metric.update(Metric.withAttributes(failedChecks, { check: name }), 1)
    yield* tell(name, before, reason)
  })

  const enter = Effect.fnUntraced(function*({ criticality, kind, name }: HealthCheck) {
    if (results.has(name)) return yield* Effect.die(new Error(`two health checks are named "${name}"`))
    const checkedAtMillis = yield* Clock.currentTimeMillis
    results.set(name, { name, kind, criticality, status: "unknown", checkedAtMillis, durationMillis: 0 })
  })

  const register = Effect.fn("HealthRegistry.register")(function*(check: HealthCheck) {
    yield* Effect.acquireRelease(enter(check), () => Effect.sync(() => results.delete(check.name)))
    // Entered before the rounds, so it closes after them: nobody is left to call the cut of a running check its failure.
    const probe = prober(check, yield* Scope.fork(yield* Effect.scope))
    yield* round(check, probe).pipe(
      Effect.andThen(restOf(check)),
      Effect.forever,
      Effect.forkScoped
    )
  })

  return {
    register,
    results: Effect.sync(() => [...results.values()]),
    verdict: (kind: HealthKind) =>
      Effect.sync(() => worst([...results.values()].filter((result) => result.kind === kind)))
  }
}
