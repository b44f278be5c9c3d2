/** Several servers: finds the primary, makes the sessions of each where they are needed, and says who is not well. */
import { Unhealthy } from "@heptad/common"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseNode } from "../../Database.ts"
import { observer } from "../observer.ts"
import type { Server } from "../PgServer.ts"
import type { Target } from "../PgSession.ts"
import * as SessionPool from "../SessionPool.ts"
import { now } from "./clock.ts"
import { evicting } from "./evicting.ts"
import { isSuspicious } from "./failures.ts"
import * as Node from "./Node.ts"
import * as Nodes from "./Nodes.ts"
import * as Router from "./Router.ts"
import { type Check, connectionCheck, type Servers } from "./Servers.ts"
import { noPrimary } from "./waiting.ts"
import { Written } from "./written.ts"

const serverOf = ({ report, target }: Node.Node): Server => ({
  target,
  version: report?.version ?? "",
  versionNumber: report?.versionNumber ?? 0
})

/** The sessions of one server; its series in the metrics carry its name. */
const opener = Effect.fnUntraced(function*(current: SessionPool.Current, nodes: Nodes.Nodes) {
  const context = yield* Effect.context<Scope.Scope>()
  const counted = yield* observer(current)
  const suspect = (error: SqlError) => {
    if (isSuspicious(error)) nodes.suspect()
  }
  return (node: Node.Node) =>
    SessionPool.make(current, serverOf(node), evicting(counted, () => node.pool, suspect)).pipe(
      Effect.provideService(Metric.CurrentMetricAttributes, { server: node.name }),
      // What the first statement brings along (its span, its transaction) must not stay with the sessions.
      Effect.updateContext((_: Context.Context<never>) => context)
    )
})

const roleOf = (node: Node.Node, primary: Node.Node | undefined): DatabaseNode["role"] =>
  node === primary ? "primary" : node.problem !== undefined ? "unknown" : Node.isReplica(node) ? "replica" : "rival"

const shown = (node: Node.Node, primary: Node.Node | undefined): DatabaseNode => {
  const { lagMillis, name, problem } = node
  return {
    name,
    role: roleOf(node, primary),
    ...(Number.isFinite(lagMillis) && node !== primary && { lagMillis }),
    ...(problem !== undefined && { problem })
  }
}

const connection = ({ all, look, primary }: Nodes.Nodes): Check =>
  connectionCheck(Effect.andThen(
    look,
    Effect.suspend(() => {
      const node = primary()
      return node === undefined || node.problem !== undefined
        ? Effect.fail(new Unhealthy({ reason: noPrimary(all).message }))
        : Effect.void
    })
  ))

/** Every server but the primary is to be a replica, and near. */
const replicas = ({ all, look, primary }: Nodes.Nodes, current: SessionPool.Current): Check => ({
  name: "database_replicas",
  criticality: "degrading",
  run: Effect.andThen(
    look,
    Effect.suspend(() => {
      const most = Duration.toMillis(current.config.ha.read_replicas.max_lag)
      const complaints = all.filter((node) => node !== primary()).flatMap((node) => {
        const complaint = Node.complaintOf(node, most)
        return complaint === undefined ? [] : [`${node.name}: ${complaint}`]
      })
      return complaints.length === 0 ? Effect.void : Effect.fail(new Unhealthy({ reason: complaints.join(", ") }))
    })
  )
})

/** Waits for a primary, at most the connection timeout. */
const meet = Effect.fnUntraced(function*(current: SessionPool.Current, nodes: Nodes.Nodes) {
  const millis = Duration.toMillis(current.config.connection_pool.connection_timeout)
  const node = yield* Effect.mapError(
    nodes.awaitPrimary(now(), millis),
    () => noPrimary(nodes.all, `tried for ${Duration.format(current.config.connection_pool.connection_timeout)}`)
  )
  return serverOf(node)
})

export const make = Effect.fnUntraced(function*(current: SessionPool.Current, targets: ReadonlyArray<Target>) {
  const all = targets.map(Node.make)
  const written = new Written()
  const nodes = yield* Nodes.make(all, current, written)
  const server = yield* meet(current, nodes)
  const servers: Servers = {
    server,
    alone: false,
    ...Router.make({ nodes, current, written, open: yield* opener(current, nodes) }),
    left: nodes.left,
    primary: () => nodes.primary()?.target ?? server.target,
    nodes: Effect.sync(() => all.map((node) => shown(node, nodes.primary()))),
    pools: Effect.sync(() => all.flatMap(({ pool }) => pool === undefined ? [] : [pool.state()])),
    checks: [connection(nodes), replicas(nodes, current)]
  }
  return servers
})
