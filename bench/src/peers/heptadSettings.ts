/**
 * The settings of ours, in one place. Switches: `features` turns on what the other sides with features have, `low-limit` with it
 * refuses a short burst, `bare` turns off whatever can be turned off, `no-control` has no control plane, and those of `tcpOf`
 * change the listener. None: the defaults.
 */
import { corsHeaders, corsMaxAge, corsMethods, limitOf, origin } from "../agreed.ts"
import { logFile } from "../features.ts"
import type { Place } from "../server.ts"

type Section = Readonly<Record<string, unknown>>

const tcpOf: Readonly<Record<string, Section>> = {
  "shared-port": { so_reuseport: true },
  roomy: { max_connections: 20_000 },
  crowded: { max_connections_per_ip: 5000 },
  impatient: { connection_timeout: "3s", read_timeout: "6s" }
}

const httpFeatures: Section = {
  access_log: true,
  request_id: true,
  metrics: true,
  security_headers: { enabled: true },
  cors: {
    enabled: true,
    allowed_origins: [origin],
    allowed_methods: corsMethods,
    allowed_headers: corsHeaders,
    max_age: corsMaxAge
  }
}

const httpBare: Section = {
  access_log: false,
  request_id: false,
  metrics: false,
  security_headers: { enabled: false },
  compression: { enabled: false },
  cors: { enabled: false }
}

const networkOf = ({ port }: Place, switches: ReadonlyArray<string>): Section => {
  const tcp = Object.assign({ port }, ...switches.map((name) => tcpOf[name] ?? {}))
  if (switches.includes("bare")) return { tcp, http: httpBare, rate_limit: { enabled: false } }
  if (!switches.includes("features")) return { tcp }
  const limit = limitOf(switches)
  return { tcp, http: httpFeatures, rate_limit: { enabled: true, requests_per_second: limit, burst: limit } }
}

/** With features the access log goes to a file; else the logger has its default, standard output, which is /dev/null here. */
const loggerOf = ({ folder }: Place, switches: ReadonlyArray<string>): Section =>
  switches.includes("features") ? { sinks: [{ type: "file", path: logFile(folder) }] } : {}

export const settingsOf = (place: Place, switches: ReadonlyArray<string>) => ({
  common: { data_dir: place.folder },
  logger: loggerOf(place, switches),
  network: networkOf(place, switches),
  monitoring: {
    health: { port: 0 },
    prometheus: { port: place.metricsPort },
    control: { enabled: !switches.includes("no-control") }
  }
})
