/** The settings of one instance: the user's own, and over them what two instances on one machine need. Pure. */
import type { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"

export interface Ports {
  readonly http: number
  readonly health: number
  readonly metrics: number
}

/** Ten questions of the balancer. */
const lameDuck = Duration.seconds(1)

const lameDuckKey = "deployment.drain.lame_duck"

/** The lame duck of the user, where it was written; else long enough for the balancer to notice. */
export const lameDuckOf = ({ origins, timing }: Settings.SettingsTree): Duration.Duration =>
  origins.has(lameDuckKey) ? timing.lameDuck : lameDuck

/** The variable that hands the secret over; command lines are seen by everybody on the machine. */
export const secretVariable = "HEPTAD_DRAIN_TEST_SECRET"

/** One job computes, one waits in a queue for one, the others wait in the table. */
const fullQueue = ["orders.queue.workers=2", "thread.pool_size=1", "thread.queue.capacity=1"]

export interface Wanted {
  readonly ports: Ports
  readonly dataDirectory: string
  readonly log: string
  readonly lameDuck: Duration.Duration
  readonly queueFull: boolean
}

/** Values for `--set`. */
export const overrides = ({ dataDirectory, lameDuck, log, ports, queueFull }: Wanted): ReadonlyArray<string> => [
  `common.data_dir=${JSON.stringify(dataDirectory)}`,
  "common.error_handling.error_registry.persist=false",
  "network.tcp.bind_address=127.0.0.1",
  `network.tcp.port=${ports.http}`,
  // All clients come from the address of the balancer.
  "network.tcp.max_connections_per_ip=10000",
  // The balancer ends TLS, as it would in front of real instances.
  "network.tls.enabled=false",
  "network.auth.roles_from_token=true",
  `network.auth.jwt.secret=\${${secretVariable}}`,
  "monitoring.health.enabled=true",
  "monitoring.health.bind_address=127.0.0.1",
  `monitoring.health.port=${ports.health}`,
  "monitoring.prometheus.bind_address=127.0.0.1",
  `monitoring.prometheus.port=${ports.metrics}`,
  "logger.default_level=info",
  `logger.file_path=${JSON.stringify(log)}`,
  `logger.sinks=${JSON.stringify([{ type: "file", level: "info", format: "json", path: log }])}`,
  `${lameDuckKey}=${Duration.toMillis(lameDuck)}ms`,
  ...(queueFull ? fullQueue : [])
]
