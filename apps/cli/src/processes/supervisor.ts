/** Accepts for the processes where that is needed, runs them, and answers for them. */
import { Pace } from "@heptad/common"
import { Lifecycle, LiveSettings, type Plugin, type Settings } from "@heptad/kernel"
import type { NetworkConfig } from "@heptad/network"
import { Acceptor } from "@heptad/network/plugin"
import { autoSize, cpus } from "@heptad/thread/plugin"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type { ProcessesGaveUp } from "../errors.ts"
import * as DrainHooks from "./drainHooks.ts"
import * as Health from "./health.ts"
import { passOnLimits } from "./limitNotes.ts"
import type { MergedMetrics } from "./MergedMetrics.ts"
import * as Metrics from "./metrics.ts"
import * as OwnOperations from "./operations.ts"
import { passOn } from "./passOn.ts"
import { Processes } from "./Processes.ts"
import * as Pulses from "./pulses.ts"
import { inForce, share, type SharedDatabase } from "./sharing.ts"
import { spread } from "./spread.ts"
import type { Trees } from "./tree.ts"
import { toWire } from "./wireTree.ts"
import * as WorkerProcess from "./Worker.ts"
import * as Workers from "./Workers.ts"

export interface App {
  readonly count: number
  /** Arguments of the command. */
  readonly args: ReadonlyArray<string>
  readonly app: string | undefined
  /** Sections of the plugins that the processes run. */
  readonly sections: ReadonlyArray<string>
  readonly trees: Pick<Trees, "whole">
  readonly metrics: MergedMetrics
  /** Is filled when the app cannot go on. */
  readonly gaveUp: Deferred.Deferred<ProcessesGaveUp>
}

/** Threads that `thread.pool_size: auto` means for the whole app. */
const threadsOf = (tree: Settings.SettingsTree): number => {
  const workload = inForce(tree, "thread.workload")
  return autoSize(cpus(), workload === "io" || workload === "mixed" ? workload : "cpu")
}

/** The settings of one process, as they are now. */
const treesOf = Effect.fnUntraced(function*({ count, sections, trees }: App, database: SharedDatabase | undefined) {
  const { current } = yield* LiveSettings
  return (process: number, port: number | undefined) =>
    Effect.map(current, (part) => {
      const tree = trees.whole(part)
      const given = {
        process,
        processes: count,
        threads: threadsOf(tree),
        ...(database === undefined ? {} : { database }),
        ...(port === undefined ? {} : { port })
      }
      return toWire(share(tree, given, sections))
    })
})

type Balancing = NetworkConfig["load_balancing"]

const acceptorOf = Effect.fnUntraced(
  function*({ tcp }: NetworkConfig, balancing: Balancing, workers: () => ReadonlyArray<WorkerProcess.Worker>) {
    if (!Acceptor.isNeeded(tcp)) return undefined
    const context = yield* Effect.context<never>()
    const unplaced = () => Metrics.unplaced.updateUnsafe(1, context)
    return yield* Acceptor.make(tcp, spread(balancing, workers, unplaced))
  }
)

/** The settings of balancing as they are now: who reads them reads them for each connection and question. */
const balancingOf = Effect.fnUntraced(function*(first: Balancing, live: Plugin.Live<NetworkConfig>) {
  const pace = new Pace(first.health_check.interval)
  const balancing = { strategy: first.strategy ?? "round_robin", health_check: first.health_check }
  yield* live.onChange(({ load_balancing: { health_check, strategy = "round_robin" } }) => {
    balancing.strategy = strategy
    balancing.health_check = health_check
    return pace.set(health_check.interval)
  })
  return { balancing, pace }
})

const workersOf = Effect.fnUntraced(
  function*({ gaveUp, metrics }: App, { listen }: NetworkConfig, start: Workers.Options["start"]) {
    const { requestStop } = yield* Lifecycle
    const { timing: { close, drain, startTimeout } } = yield* (yield* LiveSettings).current
    return yield* Workers.make({
      start,
      listen,
      onEnd: ({ id }) => metrics.end(id),
      budgets: {
        start: startTimeout,
        drain: Duration.sum(drain.accept, Duration.sum(drain.requests, drain.jobs)),
        close
      },
      giveUp: (error) =>
        Deferred.succeed(gaveUp, error).pipe(
          Effect.andThen(requestStop(`process ${error.process}, which died again and again`))
        )
    })
  }
)

const countStates = (workers: Workers.Workers) =>
  Effect.forEach(["starting", "running", "draining"] as const, (state) =>
    Effect.suspend(() =>
      Metric.update(
        Metric.withAttributes(Metrics.processes, { state }),
        workers.alive().filter(({ now }) => now.state === state).length
      )
    ), { discard: true })

const fillers = ({ places }: Workers.Workers): ReadonlyArray<WorkerProcess.Worker> => places.map(({ worker }) => worker)

/** `all`: the numbers of the processes. What the first one reports holds for all: they run the same plugins. */
const answerFor = Effect.fnUntraced(
  function*(workers: Workers.Workers, all: ReadonlyArray<number>, stopAccepting: Effect.Effect<void>) {
    const report = workers.places[0]?.worker.now.report
    yield* Health.register({ places: () => fillers(workers) }, report?.checks ?? [])
    yield* OwnOperations.register(workers, report?.operations ?? [])
    yield* Effect.forkScoped(Effect.repeat(countStates(workers), Schedule.spaced("1 second")))
    yield* DrainHooks.register(workers, all, stopAccepting)
  }
)

const noProcess = Effect.die(new Error("there is no process"))

export const supervise = Effect.fnUntraced(function*(
  app: App,
  config: NetworkConfig,
  live: Plugin.Live<NetworkConfig>,
  database?: SharedDatabase
) {
  const { balancing, pace } = yield* balancingOf(config.load_balancing, live)
  const treeOf = yield* treesOf(app, database)
  const start: Workers.Options["start"] = Effect.fnUntraced(function*(process) {
    const begin = {
      _tag: "Begin",
      process,
      processes: app.count,
      tree: yield* treeOf(process, port),
      ...(app.app === undefined ? {} : { app: app.app }),
      ...(acceptor === undefined ? {} : { acceptor: { host: acceptor.host, port: acceptor.port } })
    } as const
    return WorkerProcess.make({
      process,
      args: app.args,
      begin,
      nowMillis: yield* Clock.currentTimeMillis,
      onReport: (worker, report) => app.metrics.report(worker.id, worker.process, report.metrics),
      onLimitNote: passOnLimits(() => workers.alive())
    })
  })
  const workers = yield* workersOf(app, config, start)
  // Before any process: a port that is taken is told at once.
  const acceptor = yield* acceptorOf(config, balancing, () => fillers(workers))
  let port = acceptor === undefined && config.tcp.port !== 0 ? config.tcp.port : undefined
  const all = Array.from({ length: app.count }, (_, process) => process)
  // Where the system chooses the port, it does so for the first process, and the others share it.
  const first = acceptor === undefined && port === undefined ? 1 : app.count
  yield* workers.startAll(all.slice(0, first))
  const address = yield* workers.places[0]?.worker.listening ?? noProcess
  if (acceptor === undefined) ({ port } = address)
  yield* workers.startAll(all.slice(first))
  yield* answerFor(workers, all, acceptor?.stopAccepting ?? Effect.void)
  yield* Pulses.watch(workers, balancing, pace)
  yield* passOn(workers, (process) => treeOf(process, port))
  yield* Effect.logInfo(`${app.count} processes serve ${address.url}`)
  return Processes.of({ count: app.count, url: address.url })
})
