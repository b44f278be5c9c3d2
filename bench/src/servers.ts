/** The sides of a comparison and how each is started. */
import type { LineField } from "./agreed.ts"
import type { Features } from "./features.ts"
import * as paths from "./paths.ts"
import type { Place, Server } from "./server.ts"

const firstPath = "/"

const argsOf = (file: string, { folder, metricsPort, port }: Place, switches: ReadonlyArray<string>) => [
  file,
  String(port),
  folder,
  String(metricsPort),
  ...switches
]

const peer = (name: string, file: string, ...switches: ReadonlyArray<string>): Server => ({
  name,
  firstPath,
  args: (place) => argsOf(paths.peer(file), place, switches)
})

export const raw = peer("raw node:http", "raw")
/** Keeps idle connections as long as ours does, not 5 s. */
export const rawPatient = peer("raw node:http", "raw", "patient")
export const fastify = peer("fastify", "fastify")
export const hono = peer("hono", "hono")
export const nest = peer("NestJS on fastify", "nest")
export const effect = peer("Effect HttpRouter", "effect")

/** A side with the agreed features on, and how to start it with a limit that a burst passes. */
const featured = (
  make: (...switches: ReadonlyArray<string>) => Server,
  features: Omit<Features, "limited">
): Server => ({ ...make(), features: { ...features, limited: make("low-limit") } })

/** The same names on two sides. */
const ownLine = (time: string, message: string): Record<LineField, string> => ({
  time,
  level: "level",
  message,
  method: "method",
  route: "route",
  status: "status",
  duration_ms: "duration_ms",
  request_id: "request_id"
})

const ownMetrics = {
  count: "http_requests_total",
  histogram: "http_request_duration_seconds_count",
  method: "method",
  status: "status"
}

export const fastifyStandard = featured(
  (...switches) => peer("fastify standard", "fastifyStandard", ...switches),
  {
    fields: {
      time: "time",
      level: "level",
      message: "msg",
      method: "req.method",
      route: "req.url",
      status: "res.statusCode",
      duration_ms: "responseTime",
      request_id: "reqId"
    },
    linesPerRequest: 2,
    metrics: {
      port: ({ port }) => port,
      count: "http_request_duration_seconds_count",
      histogram: "http_request_duration_seconds_count",
      method: "method",
      status: "status_code"
    }
  }
)

export const fastifyLean = featured((...switches) => peer("fastify lean", "fastifyLean", ...switches), {
  fields: ownLine("time", "msg"),
  linesPerRequest: 1,
  metrics: { ...ownMetrics, port: ({ metricsPort }) => metricsPort }
})

const annotated = ({ duration_ms, method, request_id, route, status, ...rest }: Record<LineField, string>) => ({
  ...rest,
  method: `annotations.${method}`,
  route: `annotations.${route}`,
  status: `annotations.${status}`,
  duration_ms: `annotations.${duration_ms}`,
  request_id: `annotations.${request_id}`
})

export const effectFeatures = featured(
  (...switches) => peer("Effect HttpRouter + middlewares", "effectFeatures", ...switches),
  {
    fields: annotated(ownLine("timestamp", "message")),
    linesPerRequest: 1,
    metrics: { ...ownMetrics, port: ({ port }) => port }
  }
)

/** The packages of the repository from source, as `npm start` runs them. */
const heptad = (name: string, file: string, ...switches: ReadonlyArray<string>): Server => ({
  name,
  firstPath,
  args: (place) => ["--conditions=source", ...argsOf(paths.peer(file), place, switches)]
})

export const ours = heptad("heptad", "heptad")
export const oursBare = heptad("heptad bare", "heptad", "bare")
export const oursWithoutControl = heptad("heptad (control plane off)", "heptad", "no-control")
export const byHand = heptad("the same Layers by hand", "byHand")

export const oursFeatures = featured(
  (...switches) => heptad("heptad features", "heptad", "features", ...switches),
  {
    fields: { ...ownLine("@timestamp", "message"), route: "endpoint" },
    linesPerRequest: 1,
    metrics: { ...ownMetrics, port: ({ metricsPort }) => metricsPort }
  }
)

/** For more connections than the default allows. */
export const oursRoomy = heptad("heptad", "heptad", "roomy")

/** With room for many connections of one address, and with a tenth of the default timeouts too. */
export const oursCrowded = heptad("heptad", "heptad", "crowded")
export const oursImpatient = heptad("heptad", "heptad", "crowded", "impatient")

/** Several of them may listen on one port. */
export const oursShared = heptad("heptad", "heptad", "shared-port")

/** The same program of another checkout, with the packages of that checkout. */
export const before = (repository: string, { args, features: _, name, ...rest }: Server): Server => ({
  ...rest,
  name: `${name} before`,
  args: (place) => args(place).map((one) => paths.inside(repository, one))
})

/** `npm start` with its own data directory and ports: PostgreSQL, all plugins, the sample domain. */
export const monolith: Server = {
  name: "heptad monolith",
  firstPath: "/openapi.json",
  args: () => ["--conditions=source", paths.cli, "start", "monolith", "--config", "config/development.yaml"],
  env: ({ folder, port }) => ({
    HEPTAD_DATA_DIR: folder,
    NETWORK_PORT: String(port),
    MONITORING_HEALTH_PORT: "0",
    MONITORING_PROMETHEUS_PORT: "0"
  })
}
