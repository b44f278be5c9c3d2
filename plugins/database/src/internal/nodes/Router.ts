/**
 * Chooses the server of a statement. Transactions and whatever may change something go to the primary; plain reads to a
 * replica that is near enough and has what the reader has written. A statement is led elsewhere only while it was not sent,
 * and a read once more where a replica refused it as a write: a refusal did nothing.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Tracer from "effect/Tracer"
import * as Metrics from "../../metrics.ts"
import { Route } from "../../Route.ts"
import { noAnswer, reasonOf } from "../PgSession.ts"
import type { Current, SessionPool } from "../SessionPool.ts"
import * as Balance from "./balance.ts"
import { now } from "./clock.ts"
import { isReadOnly, isSuspicious, isUnsent } from "./failures.ts"
import { isReplica, type Node } from "./Node.ts"
import type { Nodes } from "./Nodes.ts"
import { isPlainRead } from "./reads.ts"
import { RoutedConnection } from "./RoutedConnection.ts"
import type { Servers } from "./Servers.ts"
import type { Written } from "./written.ts"

type Reader = Fiber.Fiber<unknown, unknown>

/** Something that is done with the sessions of one server. */
type Use<A, R> = (pool: SessionPool) => Effect.Effect<A, SqlError, R>

/** The same with the server itself. */
type Work<A, R> = (node: Node) => Effect.Effect<A, SqlError, R>

/** That of the caller: Effect keeps the statement's own to itself. */
const spanOf = ({ context }: Reader): Tracer.Span | undefined => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  return span?._tag === "Span" ? span : undefined
}

const nanos = (): bigint => BigInt(Math.round((performance.timeOrigin + now()) * 1e6))

export interface Options {
  readonly nodes: Nodes
  readonly current: Current
  readonly written: Written
  /** Makes the sessions of a server. */
  readonly open: (node: Node) => Effect.Effect<SessionPool, SqlError>
}

export type Router = Pick<Servers, "sessions" | "beside" | "wrote">

export const make = ({ current, nodes, open, written }: Options): Router => {
  const choose = Balance.make()
  const opening = Semaphore.makeUnsafe(1)

  const poolOf = (node: Node): Effect.Effect<SessionPool, SqlError> =>
    opening.withPermit(
      Effect.suspend(() =>
        node.pool !== undefined ? Effect.succeed(node.pool) : Effect.tap(open(node), (pool) =>
          Effect.sync(() => {
            node.pool = pool
          }))
      )
    )

  const on = <A, R>(node: Node, use: Use<A, R>): Effect.Effect<A, SqlError, R> =>
    Effect.suspend(() => {
      node.busy++
      return Effect.onExit(node.pool === undefined ? Effect.flatMap(poolOf(node), use) : use(node.pool), () =>
        Effect.sync(() => node.busy--))
    })

  const pooled = <A, R>(use: Use<A, R>): Work<A, R> => (node) => on(node, use)

  /** Waits for a primary that answers, and tries there. */
  const elsewhere = <A, R>(reader: Reader, work: Work<A, R>, startedAt: number, attempt: number, why: string) => {
    const left = startedAt + Duration.toMillis(current.config.connection_pool.connection_timeout) - now()
    return Effect.flatMap(nodes.awaitPrimary(now(), left), (node) => {
      spanOf(reader)?.event("database.failover", nanos(), { to: node.name, attempt, why })
      return tryOn(node, reader, work, startedAt, attempt)
    })
  }

  const tryOn = <A, R>(
    node: Node,
    reader: Reader,
    work: Work<A, R>,
    startedAt: number,
    attempt: number
  ): Effect.Effect<A, SqlError, R> =>
    Effect.catchIf(work(node), isUnsent, (error) => {
      const { enabled, max_failover_attempts } = current.config.ha.failover
      return enabled && attempt < max_failover_attempts
        ? elsewhere(reader, work, startedAt, attempt + 1, reasonOf(error))
        : Effect.fail(error)
    })

  const onPrimary = <A, R>(reader: Reader, work: Work<A, R>): Effect.Effect<A, SqlError, R> =>
    Effect.suspend(() => {
      const node = nodes.primary()
      const { enabled, max_failover_attempts } = current.config.ha.failover
      // One that is only slow to answer a health check may well work on the sessions that there are.
      const mayWork = node?.problem === undefined || node.problem === noAnswer
      return node !== undefined && (mayWork || !enabled || max_failover_attempts === 0)
        ? tryOn(node, reader, work, now(), 0)
        : elsewhere(reader, work, now(), 1, node?.problem ?? "no primary was found yet")
    })

  /** Replicas that answered the last time. */
  const replicas = () => nodes.all.filter((node) => isReplica(node) && node !== nodes.primary())

  const near = (reader: Reader) => {
    const most = Duration.toMillis(current.config.ha.read_replicas.max_lag)
    const since = written.until(reader)
    return replicas().filter(({ caughtUpAt, lagMillis }) => lagMillis <= most && caughtUpAt > since)
  }

  /** A replica that cannot be reached is left out until it answers again, and the next one gets the statement. */
  const onReplica = <A, R>(
    reader: Reader,
    use: Use<A, R>,
    among: () => ReadonlyArray<Node>,
    left = nodes.all.length
  ): Effect.Effect<A, SqlError, R> =>
    Effect.suspend(() => {
      const node = left === 0 ? undefined : choose(current.config.ha.read_replicas.load_balancing, among())
      return node === undefined ? onPrimary(reader, pooled(use)) : Effect.catchIf(on(node, use), isUnsent, (error) => {
        nodes.lost(node, reasonOf(error))
        return onReplica(reader, use, among, left - 1)
      })
    })

  const read = <A, R>(reader: Reader, use: Use<A, R>) =>
    Effect.catchIf(
      onReplica(reader, use, () => near(reader)),
      isReadOnly,
      () => Effect.andThen(Metric.update(Metrics.redirectedReads, 1), write(reader, use))
    )

  /** What it did it may have done, whatever became of the answer. */
  const write = <A, R>(reader: Reader, use: Use<A, R>) =>
    Effect.onExit(onPrimary(reader, pooled(use)), () => Effect.sync(() => written.mark(reader, now())))

  const statement = <A, R>(sql: string, use: Use<A, R>): Effect.Effect<A, SqlError, R> =>
    Effect.withFiber((reader) => {
      const plain = isPlainRead(sql)
      switch (reader.getRef(Route)) {
        case "replica":
          return onReplica(reader, use, replicas)
        case "primary":
          return plain ? onPrimary(reader, pooled(use)) : write(reader, use)
        case "by statement":
          return !plain
            ? write(reader, use)
            : current.config.ha.read_replicas.enabled
            ? read(reader, use)
            : onPrimary(reader, pooled(use))
      }
    })

  /** A transaction on the primary counts as a write from its end on. */
  const reserve = Effect.withFiber((reader: Reader) => {
    const use: Use<Connection, Scope.Scope> = (pool) => pool.reserve
    return reader.getRef(Route) === "replica"
      ? onReplica(reader, use, replicas)
      : Effect.andThen(
        Effect.addFinalizer(() => Effect.sync(() => written.mark(reader, now()))),
        onPrimary(reader, pooled(use))
      )
  })

  const routed = new RoutedConnection({
    statement: (sql, use) => statement(sql, (pool) => pool.borrow(use)),
    session: (sql) => statement(sql, (pool) => pool.lease)
  })

  const beside: Router["beside"] = (work) =>
    Effect.withFiber((reader) =>
      onPrimary(reader, ({ target }) =>
        Effect.tapError(work(target), (error) =>
          Effect.sync(() => {
            if (isSuspicious(error)) nodes.suspect()
          })))
    )

  return {
    sessions: { borrow: (use) => use(routed), lease: Effect.succeed(routed), reserve },
    beside,
    wrote: Effect.withFiber((reader) => Effect.sync(() => written.mark(reader, now())))
  }
}
