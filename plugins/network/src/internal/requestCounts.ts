/**
 * The figures of answered requests, kept as plain numbers and read by Effect's registry when somebody looks: an update of the
 * registry's own costs more than the handler of a small answer.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"
import { Durations, Latest } from "./durations.ts"

export interface RequestCounts {
  /** What never became a request, by the status that it was refused with. */
  readonly refused: (status: number) => void
  /** `route` is a template, never a path; undefined where no route was found. */
  readonly count: (method: string, status: number, route: string | undefined, seconds: number) => void
}

const noop = (): void => {}

class Count {
  value = 0
}

/** Routes beyond are one series: a program may make routes without end. */
const mostSeries = 1000

/** One value for each route, method and status, made when it is first asked for. */
const table = <A>(make: (method: string, status: number, route: string) => A) => {
  const routes = new Map<string, Map<string, Map<number, A>>>()
  let size = 0
  const begin = (method: string, status: number, asked: string): A => {
    const route = size++ < mostSeries ? asked : Metrics.otherRoute
    const methods = routes.get(route) ?? new Map<string, Map<number, A>>()
    const statuses = methods.get(method) ?? new Map<number, A>()
    const found = statuses.get(status) ?? make(method, status, route)
    routes.set(route, methods.set(method, statuses.set(status, found)))
    return found
  }
  return (method: string, status: number, route: string): A =>
    routes.get(route)?.get(method)?.get(status) ?? begin(method, status, route)
}

/** The series begin with their first request, and end with the scope. */
export const make = Effect.gen(function*() {
  const context = yield* Effect.context<never>()
  const registrations = new Array<Metric.Registration>()
  yield* Effect.addFinalizer(() => Effect.sync(() => registrations.forEach((registration) => registration.remove())))

  const register = <State>(metric: Metric.Metric<never, State>, get: () => State): void => {
    registrations.push(Metric.registerUnsafe(metric, context, { get, update: noop, modify: noop }))
  }

  const all = new Durations()
  const latest = new Latest()
  register(Metrics.requestDuration, () => all.state())
  register(Metrics.latestDuration, () => latest.state())

  const requests = table((method, status) => {
    const count = new Count()
    register(Metrics.requestsOf(method, status), () => ({ count: count.value, incremental: true }))
    return count
  })
  const durations = table((method, status, route) => {
    const made = new Durations()
    register(Metrics.durationsOf(method, status, route), () => made.state())
    return made
  })

  const counts: RequestCounts = {
    refused: (status) => {
      requests("OTHER", status, "").value++
    },
    count: (method, status, route, seconds) => {
      const label = Metrics.methodLabel(method)
      requests(label, status, "").value++
      durations(label, status, route ?? "").record(seconds)
      all.record(seconds)
      latest.record(seconds)
    }
  }
  return counts
})
