/** Ties the rooms together: measure, follow the boot, open the ports, answer. */
import { DataDirectory, HealthRegistry, type HealthResult } from "@heptad/common"
import { Lifecycle } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import manifest from "../../package.json" with { type: "json" }
import type { MonitoringConfig } from "../config.ts"
import { MonitoringContract } from "../contract.ts"
import { scrapeDuration } from "../metrics.ts"
import { type Address, Monitoring } from "../Monitoring.ts"
import * as BootMetrics from "./bootMetrics.ts"
import * as Control from "./control.ts"
import * as ControlPlan from "./controlPlan.ts"
import { eventLoopCheck } from "./health.ts"
import * as HealthPage from "./healthPage.ts"
import * as Listeners from "./listeners.ts"
import * as NodeAuditLog from "./NodeAuditLog.ts"
import * as NodeControlFile from "./NodeControlFile.ts"
import * as NodeOps from "./NodeOps.ts"
import * as NodeTokens from "./NodeTokens.ts"
import type { Answer, Ask, Heartbeat } from "./ops.ts"
import { complaints, namedChecks } from "./probeChecks.ts"
import * as PrometheusText from "./PrometheusText.ts"
import * as Sampler from "./sampler.ts"

/** That the main thread answers is the proof; the numbers are those of the last heartbeat. */
const eventLoop = ({ beat }: Ask, nowMillis: number): HealthResult => ({
  name: eventLoopCheck,
  kind: "liveness",
  criticality: "critical",
  status: "pass",
  checkedAtMillis: nowMillis - beat.ageMillis,
  durationMillis: beat.tookMillis
})

/** The kernel counts from its boot; what of that has passed when this plugin starts says when the boot was. */
const bootedAt = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  const plugins = yield* (yield* Lifecycle).plugins
  return now - (plugins.find(({ name }) => name === MonitoringContract.name)?.startedAtMillis ?? 0)
})

/** Only cached results are read: a probe never starts a check and never waits for one. */
const healthAnswers = Effect.fnUntraced(function*({ health }: MonitoringConfig) {
  const [registry, lifecycle] = [yield* HealthRegistry, yield* Lifecycle]
  const named = namedChecks(health.checks)
  const bootedAtMillis = yield* bootedAt
  return Effect.fnUntraced(function*(page: "health" | "live" | "ready" | "startup", ask: Ask) {
    const nowMillis = yield* Clock.currentTimeMillis
    const snapshot = {
      nowMillis,
      bootedAtMillis,
      named,
      stopping: yield* lifecycle.stopping,
      phase: yield* lifecycle.phase,
      plugins: yield* lifecycle.plugins,
      results: [eventLoop(ask, nowMillis), ...(yield* registry.results)]
    }
    return HealthPage.render(page, snapshot, HealthPage.styleOf(ask.query, ask.accept))
  })
})

const metricsAnswer = ({ metrics, prometheus }: MonitoringConfig) =>
  Effect.map(PrometheusText.make({ ...prometheus, types: metrics.types }), (write) =>
    Effect.gen(function*() {
      const [took, body] = yield* Effect.timed(write)
      yield* Metric.update(scrapeDuration, Duration.toSeconds(took))
      return { status: 200, contentType: PrometheusText.contentType, body }
    }))

/** A page that cannot be written is a bug; the one who asked must not wait for the deadline because of it. */
const broken = (page: string): Answer => ({
  status: 500,
  contentType: "text/plain; charset=utf-8",
  body: `The page "${page}" could not be written. The log says why.\n`
})

const answers = Effect.fnUntraced(function*(config: MonitoringConfig) {
  const [health, metrics] = [yield* healthAnswers(config), yield* metricsAnswer(config)]
  return (ask: Ask): Effect.Effect<Answer> =>
    (ask.page === "metrics" ? metrics : health(ask.page, ask)).pipe(
      Effect.catchCause((cause) =>
        Effect.as(Effect.logError(`the page "${ask.page}" could not be written`, cause), broken(ask.page))
      )
    )
})

/** The door's plan and who stands behind it; neither when there is no port for it or it is not wanted. */
const controlOf = Effect.fnUntraced(
  function*({ control }: MonitoringConfig, listener: number | undefined, { timeoutMillis }: Heartbeat) {
    if (listener === undefined || !control.enabled) return { plan: {}, command: () => Effect.die("no control API") }
    const options = { listener, allowRemote: control.allow_remote, takeMillis: timeoutMillis }
    const plan = ControlPlan.make(yield* NodeTokens.hashes, options)
    const { path } = yield* DataDirectory
    return { plan: { control: plan }, command: yield* Control.make(plan, NodeAuditLog.make(`${path}/audit.log`)) }
  }
)

const openPorts = Effect.fnUntraced(function*(config: MonitoringConfig) {
  const heartbeat = Listeners.heartbeatOf(config)
  const { all, health, metrics } = yield* Effect.fromResult(Listeners.make(config, heartbeat))
  if (all.length === 0) return { healthAddress: undefined, metricsAddress: undefined }
  const listeners = all.map(({ host, port, routes }) => ({ host, port, routes }))
  const { command, plan } = yield* controlOf(config, health, heartbeat)
  const answering = { page: yield* answers(config), command }
  const addresses = yield* NodeOps.open({ listeners, heartbeat, ...plan }, answering).pipe(
    Effect.catchTag("Refused", ({ code, listener }) => {
      const named = all[listener]
      return named === undefined ? Effect.die(`no listener ${listener}`) : Effect.fail(Listeners.refusal(named, code))
    })
  )
  const at = (index: number | undefined) => index === undefined ? undefined : addresses[index]
  return { healthAddress: at(health), metricsAddress: at(metrics) }
})

/** For the heptad command. */
const announce = Effect.fnUntraced(function*({ control }: MonitoringConfig, address: Address | undefined) {
  if (!control.enabled || address === undefined) return
  yield* NodeControlFile.announce(`${(yield* DataDirectory).path}/control.json`, address, manifest.version)
})

const complain = ({ health }: MonitoringConfig, registry: HealthRegistry["Service"]) =>
  Effect.flatMap(
    registry.results,
    (results) =>
      Effect.forEach(complaints(health.checks, results), (sentence) => Effect.logWarning(sentence), { discard: true })
  )

export const layer = (config: MonitoringConfig) =>
  Layer.effect(
    Monitoring,
    Effect.gen(function*() {
      const addresses = yield* openPorts(config)
      yield* announce(config, addresses.healthAddress)
      if (config.metrics.enabled) yield* Sampler.start(config.metrics.collection_interval)
      yield* BootMetrics.follow(complain(config, yield* HealthRegistry))
      return Monitoring.of(addresses)
    })
  )
