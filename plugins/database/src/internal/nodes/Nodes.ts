/**
 * The configured servers together: asks each for its role (roles are found, not believed) and knows which one is the primary.
 * Nothing is promoted here.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { SqlError } from "effect/sql/SqlError"
import { reasonOf, type Target } from "../PgSession.ts"
import type { Current } from "../SessionPool.ts"
import { now } from "./clock.ts"
import * as Events from "./events.ts"
import { isRefusal } from "./failures.ts"
import * as Node from "./Node.ts"
import { probe, reaches } from "./probe.ts"
import * as Waiting from "./waiting.ts"
import type { Written } from "./written.ts"

/** Between two looks that failures ask for. */
const rest = Duration.millis(100)

export interface Nodes {
  readonly all: ReadonlyArray<Node.Node>
  /** Where writes go; it may be down. Undefined before one was found. */
  readonly primary: () => Node.Node | undefined
  /** Asks all of them; joins a look that is under way. */
  readonly look: Effect.Effect<void>
  /** The same in the background, because a statement failed in a way that makes one wonder. */
  readonly suspect: () => void
  /** Was not reached: nothing is sent there until it answers again. */
  readonly lost: (node: Node.Node, problem: string) => void
  /** Ends when writes go to another server than this one. */
  readonly left: (target: Target) => Effect.Effect<void>
  /** A primary that answered a question asked after `since`; fails when there is none for this long. */
  readonly awaitPrimary: (since: number, millis: number) => Effect.Effect<Node.Node, SqlError>
}

/** A replica is near only when it was measured since it answers and is one. */
const unmeasured = { lagMillis: Number.POSITIVE_INFINITY }

const ask = (node: Node.Node): Effect.Effect<void> =>
  Effect.suspend(() => {
    const askedAt = now()
    return Effect.match(probe(node.target), {
      onFailure: (error) =>
        node.problem === undefined && isRefusal(error)
          ? undefined
          : Object.assign(node, unmeasured, { problem: reasonOf(error) }),
      onSuccess: (report) =>
        Object.assign(node, report.role === "primary" && unmeasured, { report, askedAt, problem: undefined })
    })
  })

/** How far the replicas are behind what the primary said in this look. */
const measure = Effect.fnUntraced(function*(primary: Node.Node, replicas: ReadonlyArray<Node.Node>) {
  const { askedAt, report } = primary
  if (primary.problem !== undefined || report === undefined) return
  yield* Effect.forEach(replicas, (node) => {
    const there = (node.report?.position ?? 0n) >= report.position
    return Effect.map(there ? Effect.succeed(true) : reaches(node.target, report.position), (reached) => {
      if (reached) node.caughtUpAt = askedAt
      node.lagMillis = there ? 0 : now() - node.caughtUpAt
    })
  }, { concurrency: "unbounded", discard: true })
})

/** The primary among the answers so far. */
const election = (all: ReadonlyArray<Node.Node>, current: Current) => {
  let primary: Node.Node | undefined
  let newest = 0
  const verdict = () => {
    newest = Math.max(newest, ...all.map(({ report }) => report?.timeline ?? 0))
    return Node.judge(all, primary, newest)
  }
  return {
    primary: () => primary,
    verdict,
    /** Answers where writes went before, when they go elsewhere now. */
    settle: (): Node.Node | undefined => {
      const before = primary
      const next = current.config.ha.failover.enabled ? verdict().primary : all[0]
      if (next === undefined || next.problem !== undefined) return undefined
      primary = next
      return before === next ? undefined : before
    }
  }
}

export const make = Effect.fnUntraced(function*(all: ReadonlyArray<Node.Node>, current: Current, written: Written) {
  const fork = yield* FiberSet.makeRuntime<never>()
  const { primary, settle, verdict } = election(all, current)
  const tellRivals = Events.rivals()
  let looking: Deferred.Deferred<void> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let moved = Deferred.makeUnsafe<void>()

  const move = (from: Node.Node, to: Node.Node) => {
    Deferred.doneUnsafe(moved, Effect.void)
    moved = Deferred.makeUnsafe()
    return Events.moved(from, to)
  }

  const conclude = Effect.suspend(() => {
    const before = settle()
    const node = primary()
    if (node !== undefined && node.problem === undefined) waiting.announce()
    return before === undefined || node === undefined ? Effect.void : move(before, node)
  })

  /** Concludes after each answer, so that nobody waits for a server that is lost; the first time when all were asked. */
  const round = Effect.gen(function*() {
    const each = primary() === undefined ? Effect.void : conclude
    yield* Effect.forEach(all, (node) => Effect.andThen(ask(node), each), { concurrency: "unbounded", discard: true })
    yield* conclude
    yield* tellRivals(verdict())
    const [node, replicas] = [primary(), all.filter(Node.isReplica)]
    if (node !== undefined) yield* measure(node, replicas)
    written.forget(Math.min(...all.filter((other) => other !== node).map(({ caughtUpAt }) => caughtUpAt)))
    yield* Events.measured(replicas)
  })

  const start = (): Deferred.Deferred<void> => {
    const ended = Deferred.makeUnsafe<void>()
    looking = ended
    lookedAt = now()
    const end = Effect.sync(() => {
      looking = undefined
      Deferred.doneUnsafe(ended, Effect.void)
    })
    fork(Effect.ensuring(round, end))
    return ended
  }

  const look = Effect.suspend(() => Deferred.await(looking ?? start()))
  const waiting = Waiting.make({ all, current, fork, look, primary })

  const suspect = () => {
    if (looking === undefined && now() - lookedAt >= Duration.toMillis(rest)) start()
  }

  const left: Nodes["left"] = (target) =>
    Effect.suspend(() =>
      primary()?.target === target ? Effect.flatMap(Deferred.await(moved), () => left(target)) : Effect.void
    )

  const nodes: Nodes = {
    all,
    primary,
    look,
    suspect,
    lost: (node, problem) => {
      Object.assign(node, unmeasured, { problem })
      suspect()
    },
    left,
    awaitPrimary: waiting.awaitPrimary
  }
  return nodes
})
