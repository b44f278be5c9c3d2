/** What happens to the servers, told once each: log line and counter. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../../metrics.ts"
import type { Node, Verdict } from "./Node.ts"

/** Writes go elsewhere from now on. */
export const moved = (from: Node, to: Node): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metrics.failovers, 1),
    Effect.logWarning(
      `database: ${to.name} is the primary now (timeline ${to.report?.timeline ?? "unknown"}), writes go there; ` +
        `before it was ${from.name} (${from.problem ?? `now a ${from.report?.role ?? "stranger"}`})`
    )
  )

/** Several say that they are the primary: told when it begins and whenever it is about others. */
export const rivals = () => {
  let told = ""
  return ({ primary, rivals: others }: Verdict): Effect.Effect<void> =>
    Effect.suspend(() => {
      const names = others.map(({ name }) => name).join(", ")
      if (names === told) return Effect.void
      told = names
      return names === "" || primary === undefined ? Effect.void : Effect.andThen(
        Metric.update(Metrics.splitBrains, 1),
        Effect.logError(
          `database: ${primary.name} and ${names} say at a time that they are the primary. ${primary.name} was promoted ` +
            `last (timeline ${primary.report?.timeline}) and gets the writes; nothing is sent to ${names}. ` +
            `Stop ${names}, and make a replica of it (pg_rewind).`
        )
      )
    })
}

export const measured = (replicas: ReadonlyArray<Node>): Effect.Effect<void> =>
  Effect.forEach(
    replicas.filter(({ lagMillis }) => Number.isFinite(lagMillis)),
    ({ lagMillis, name }) => Metric.update(Metrics.replicaLagOf(name), lagMillis / 1000),
    { discard: true }
  )
