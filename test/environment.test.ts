/** Every environment variable that the guide and the systems behind it name: what it sets, or what is told about it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { describe, it } from "@effect/vitest"
import { Setting, SettingsFiles } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect } from "vitest"

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.flatMap(Settings.SettingsSource, ({ read }) => read(plugins)).pipe(
    Effect.provide(
      SettingsFiles.layer({ files: [], overrides: [], environment }).pipe(Layer.provide(NodeServices.layer))
    )
  )

/** Name, a value as the guide has it, and the key that it sets. The first name of a key is the canonical one. */
const setting: ReadonlyArray<readonly [name: string, value: string, key: string]> = [
  ["COMMON_ERROR_LEVEL", "info", "common.logging.level"],
  ["COMMON_ENABLE_REGISTRY", "true", "common.error_handling.error_registry.enabled"],
  ["COMMON_REGISTRY_PATH", "/var/log/app/error_registry.json", "common.error_handling.error_registry.path"],
  ["THREAD_POOL_SIZE", "16", "thread.pool_size"],
  ["THREAD_QUEUE_CAPACITY", "10000", "thread.queue.capacity"],
  ["THREAD_CPU_AFFINITY", "0-15", "thread.cpu_affinity.cores"],
  ["THREAD_METRICS_ENABLED", "true", "thread.metrics.enabled"],
  ["CONTAINER_FORMAT", "messagepack", "container.default_format"],
  ["CONTAINER_ZERO_COPY", "true", "container.zero_copy.enabled"],
  ["CONTAINER_COMPRESSION", "lz4", "container.compression.algorithm"],
  ["CONTAINER_POOL_SIZE", "1000", "container.memory.pooling.pool_size"],
  ["LOGGER_LEVEL", "info", "logger.default_level"],
  ["LOGGER_ASYNC", "true", "logger.async.enabled"],
  ["LOGGER_FILE_PATH", "/var/log/app/application.log", "logger.file_path"],
  ["LOGGER_FORMAT", "json", "logger.format"],
  ["MONITORING_ENABLED", "true", "monitoring.metrics.enabled"],
  ["MONITORING_PROMETHEUS_PORT", "9091", "monitoring.prometheus.port"],
  ["MONITORING_HEALTH_PORT", "9090", "monitoring.health.port"],
  ["DB_PRIMARY_HOST", "db-primary.example.com", "database.connections.primary.host"],
  ["DB_PRIMARY_PORT", "5432", "database.connections.primary.port"],
  ["DB_PRIMARY_NAME", "production_db", "database.connections.primary.database"],
  ["DB_PRIMARY_USER", "app_user", "database.connections.primary.user"],
  ["DB_PASSWORD", "<secret>", "database.connections.primary.password"],
  ["DB_POOL_SIZE", "20", "database.connection_pool.max_size"],
  ["DB_SSL_MODE", "require", "database.connections.primary.ssl_mode"],
  ["NETWORK_BIND_ADDRESS", "0.0.0.0", "network.tcp.bind_address"],
  ["NETWORK_PORT", "8080", "network.tcp.port"],
  ["NETWORK_MAX_CONNECTIONS", "10000", "network.tcp.max_connections"],
  ["NETWORK_TLS_ENABLED", "true", "network.tls.enabled"],
  ["NETWORK_TLS_CERT", "/etc/ssl/certs/server.crt", "network.tls.cert_file"],
  ["NETWORK_TLS_KEY", "/etc/ssl/private/server.key", "network.tls.key_file"],
  ["JWT_SECRET", "a secret of at least thirty-two bytes", "network.auth.jwt.secret"],
  ["TERMINATION_GRACE", "60s", "deployment.termination_grace"],
  ["HEPTAD_DATA_DIR", "/var/lib/app", "common.data_dir"]
]

const aliases: typeof setting = [
  ["LOG_LEVEL", "debug", "logger.default_level"],
  ["DB_HOST", "postgres", "database.connections.primary.host"],
  ["DATABASE_PASSWORD", "<secret>", "database.connections.primary.password"],
  ["KCENON_LOG_LEVEL", "debug", "logger.default_level"],
  ["KCENON_LOG_FILE", "/var/log/app.log", "logger.file_path"],
  ["KCENON_THREAD_POOL_SIZE", "8", "thread.pool_size"],
  ["KCENON_MONITORING_PORT", "9091", "monitoring.prometheus.port"],
  ["KCENON_BIND_ADDRESS", "0.0.0.0", "network.tcp.bind_address"],
  ["KCENON_HTTP_PORT", "8080", "network.tcp.port"],
  ["KCENON_DB_HOST", "postgres", "database.connections.primary.host"],
  ["UNIFIED_THREAD_QUEUE_CAPACITY", "500", "thread.queue.capacity"],
  ["UNIFIED_DATABASE_CONNECTION_POOL_MAX_SIZE", "20", "database.connection_pool.max_size"]
]

const told: ReadonlyArray<readonly [name: string, why: string]> = [
  ["API_KEY", "the server keeps hashes of API keys and never a key; see network.auth.api_keys"],
  ["APP_METRICS_URL", "the app does not scrape others; let Prometheus scrape both"],
  ["DATABASE_SERVICE_URL", "there is no database service yet; set DB_PRIMARY_HOST to reach the server itself"],
  [
    "KCENON_DATABASE_URL",
    "set DB_PRIMARY_HOST, DB_PRIMARY_PORT, DB_PRIMARY_NAME, DB_PRIMARY_USER and DB_PASSWORD"
  ],
  ["LOG_DESTINATION", "logs are not shipped by the app; let a collector read standard output or the log files"],
  ["LOG_INDEX", "logs are not shipped by the app; let a collector read standard output or the log files"],
  ["POD_NAME", "nothing in the app reads it; name it in a setting, for example logger.fields, as ${NAME}"],
  ["POD_NAMESPACE", "nothing in the app reads it; name it in a setting, for example logger.fields, as ${NAME}"],
  ["VAULT_ADDR", "secrets are not read from Vault; mount them as files and name them with <NAME>_FILE"],
  ["VAULT_TOKEN", "secrets are not read from Vault; mount them as files and name them with <NAME>_FILE"],
  ["UNIFIED_THREAD_QUEUE_CAPASITY", "no setting of this app has this name; `docs/settings.md` lists all"]
]

const inForce = (tree: Settings.SettingsTree, key: string) => {
  const leaf = tree.settings.find((leaf) => leaf.key === key)
  return { value: leaf?.value, origin: leaf?.origin }
}

describe("the environment", () => {
  it.effect.each(setting)("%s sets its setting", ([name, value, key]) =>
    Effect.gen(function*() {
      const tree = yield* read({ [name]: value })
      expect(inForce(tree, key)).toEqual({ value, origin: `environment ${name}` })
      expect(Settings.prepare(plugins, tree).faults).toEqual([])
      expect(tree.advice.filter(({ kind }) => kind === "alias")).toEqual([])
    }))

  it.effect.each(aliases)("%s is an alias", ([name, value, key]) =>
    Effect.gen(function*() {
      const tree = yield* read({ [name]: value })
      expect(inForce(tree, key)).toEqual({ value, origin: `environment ${name}` })
      expect(Settings.prepare(plugins, tree).faults).toEqual([])
      const [canonical] = Setting.describeAll(plugins).find(({ path }) => path.join(".") === key)?.names ?? []
      expect(tree.advice.filter(({ kind }) => kind === "alias")).toEqual([
        { kind: "alias", keys: [key], message: `environment variable ${name} is an alias: use ${canonical}` }
      ])
    }))

  it.effect.each(told)("%s has no effect, and that is told", ([name, why]) =>
    Effect.gen(function*() {
      const tree = yield* read({ [name]: "x" })
      expect(tree.settings.filter(({ origin }) => origin !== undefined)).toEqual([])
      expect(tree.advice).toEqual([
        { kind: "not-applied", keys: [], message: `environment variable ${name} has no effect: ${why}` }
      ])
    }))

  it.effect("sets any setting that is one text by its path, and no name means two settings", () =>
    Effect.gen(function*() {
      const known = Setting.describeAll(plugins).filter(({ names }) => names.length > 0)
      const all = known.flatMap(({ names }) => names)
      expect(new Set(all).size).toBe(all.length)
      const named = known.map(({ path }) => ["UNIFIED", ...path].join("_").toUpperCase())
      const tree = yield* read(Object.fromEntries(named.map((name, index) => [name, `value ${index}`])))
      expect(known.map(({ path }) => inForce(tree, path.join(".")))).toEqual(
        named.map((name, index) => ({ value: `value ${index}`, origin: `environment ${name}` }))
      )
      expect(known.length).toBeGreaterThan(150)
    }))

  it.effect("shows no secret, whichever name brought it", () =>
    Effect.gen(function*() {
      const names = ["DB_PASSWORD", "DATABASE_PASSWORD", "UNIFIED_DATABASE_CONNECTIONS_PRIMARY_PASSWORD"]
      const tree = yield* read(Object.fromEntries(names.map((name, index) => [name, `planted-${index}`])))
      expect(JSON.stringify([tree.advice, tree.faults])).not.toContain("planted")
      expect(tree.settings.find(({ key }) => key === "database.connections.primary.password")?.secret).toBe(true)
    }))
})
