/** `DecisionLog` as lines of the app's log, marked `logger: audit`, so that a sink or a collector can keep them apart. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../config.ts"
import { CurrentRequest } from "../CurrentRequest.ts"
import { type Decision, DecisionLog } from "../DecisionLog.ts"
import * as Metrics from "../metrics.ts"

const counters: Record<Decision["outcome"], typeof Metrics.decisions> = {
  granted: Metric.withAttributes(Metrics.decisions, { outcome: "granted" }),
  denied: Metric.withAttributes(Metrics.decisions, { outcome: "denied" }),
  unavailable: Metric.withAttributes(Metrics.decisions, { outcome: "unavailable" })
}

/** The template of the route; the path where no router was in between. */
const routeOf = (context: Context.Context<never>): string => {
  const { path, route } = Context.get(context, CurrentRequest)
  return route ?? Context.getOrUndefined(context, HttpRouter.RouteContext)?.route.path ?? path
}

const line = ({ outcome, permission = "", principal: { method, subject }, reason }: Decision, route: string) =>
  Effect.annotateLogs(outcome === "granted" ? Effect.logInfo("authorization") : Effect.logWarning("authorization"), {
    logger: "audit",
    outcome,
    subject,
    method,
    permission,
    reason,
    route
  })

/** `log_grants` may change while requests come. */
export const layer = (auth: Pick<NetworkConfig["auth"], "log_grants">): Layer.Layer<DecisionLog> =>
  Layer.succeed(DecisionLog, {
    record: (decision) =>
      Effect.contextWith((context: Context.Context<never>) => {
        counters[decision.outcome].updateUnsafe(1, context)
        return decision.outcome === "granted" && !auth.log_grants ? Effect.void : line(decision, routeOf(context))
      })
  })
