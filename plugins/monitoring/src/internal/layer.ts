/** Ties the rooms together: measure, follow the boot, open the ports, answer. */
import { DataDirectory, HealthRegistry, type HealthResult, Pace } from "@heptad/common"
import { Lifecycle, type Plugin } from "@heptad/kernel"
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
/** The settings in force: replaced when they change, and read by every answer. */
interface Current {
  config: MonitoringConfig
}

/** Only cached results are read: a probe never starts a check and never waits for one. */
const healthAnswers = Effect.fnUntraced(function*(current: Current) {
  const [registry, lifecycle] = [yield* HealthRegistry, yield* Lifecycle]
  const bootedAtMillis = yield* bootedAt
  return Effect.fnUntraced(function*(page: "health" | "live" | "ready" | "startup", ask: Ask) {
    const nowMillis = yield* Clock.currentTimeMillis
    const snapshot = {
      nowMillis,
      bootedAtMillis,
      named: namedChecks(current.config.health.checks),
      stopping: yield* lifecycle.stopping,
      phase: yield* lifecycle.phase,
      plugins: yield* lifecycle.plugins,
      results: [eventLoop(ask, nowMillis), ...(yield* registry.results)]
    }
    return HealthPage.render(page, snapshot, HealthPage.styleOf(ask.query, ask.accept))
  })
})

const optionsOf = ({ metrics, prometheus }: MonitoringConfig) => ({ ...prometheus, types: metrics.types })

const metricsAnswer = (current: Current) =>
  Effect.map(PrometheusText.make(() => optionsOf(current.config)), (write) =>
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

const answers = Effect.fnUntraced(function*(current: Current) {
  const [health, metrics] = [yield* healthAnswers(current), yield* metricsAnswer(current)]
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

const openPorts = Effect.fnUntraced(function*(current: Current) {
  const { config } = current
  const { all, health, metrics } = yield* Effect.fromResult(Listeners.make(config))
  if (all.length === 0) {
    return { healthAddress: undefined, metricsAddress: undefined, setHeartbeat: () => Effect.void }
  }
  const listeners = all.map(({ host, port, routes }) => ({ host, port, routes }))
  const heartbeat = Listeners.heartbeatOf(config)
  const { command, plan } = yield* controlOf(config, health, heartbeat)
  const answering = { page: yield* answers(current), command }
  const { addresses, setHeartbeat } = yield* NodeOps.open({ listeners, heartbeat, ...plan }, answering).pipe(
    Effect.catchTag("Refused", ({ code, listener }) => {
      const named = all[listener]
      return named === undefined ? Effect.die(`no listener ${listener}`) : Effect.fail(Listeners.refusal(named, code))
    })
  )
  const at = (index: number | undefined) => index === undefined ? undefined : addresses[index]
  return { healthAddress: at(health), metricsAddress: at(metrics), setHeartbeat }
})

/** For the heptad command. */
const announce = Effect.fnUntraced(function*({ control }: MonitoringConfig, address: Address | undefined) {
  if (!control.enabled || address === undefined) return
  yield* NodeControlFile.announce(`${(yield* DataDirectory).path}/control.json`, address, manifest.version)
})

/** Tells what cannot be obeyed, each sentence once for as long as it holds. */
const complainer = (registry: HealthRegistry["Service"]) => {
  let told: ReadonlyArray<string> = []
  return Effect.fnUntraced(function*({ health }: MonitoringConfig) {
    const sentences = complaints(health.checks, yield* registry.results)
    const fresh = sentences.filter((sentence) => !told.includes(sentence))
    told = sentences
    yield* Effect.forEach(fresh, (sentence) => Effect.logWarning(sentence), { discard: true })
  })
}

export const layer = (config: MonitoringConfig, live: Plugin.Live<MonitoringConfig>) =>
  Layer.effect(
    Monitoring,
    Effect.gen(function*() {
      const current: Current = { config }
      const complain = complainer(yield* HealthRegistry)
      const { setHeartbeat, ...addresses } = yield* openPorts(current)
      yield* announce(config, addresses.healthAddress)
      const pace = new Pace(config.metrics.collection_interval)
      yield* live.onChange((next) => {
        current.config = next
        return setHeartbeat(Listeners.heartbeatOf(next)).pipe(
          Effect.andThen(pace.set(next.metrics.collection_interval)),
          Effect.andThen(complain(next))
        )
      })
      if (config.metrics.enabled) yield* Sampler.start(pace)
      yield* BootMetrics.follow(complain(config))
      return Monitoring.of(addresses)
    })
  )
