import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Setting, SettingsFiles } from "@heptad/common"
import { Kernel, Settings, settingsDiff } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"

const folder = join(import.meta.dirname, "../config/guide")

const source = (environment: Record<string, string>, ...files: ReadonlyArray<string>) =>
  SettingsFiles.layer({ files, overrides: [], environment }).pipe(Layer.provide(NodeServices.layer))

const tree = (environment: Record<string, string>, ...files: ReadonlyArray<string>) =>
  Effect.flatMap(Settings.SettingsSource, ({ read }) => read(plugins)).pipe(
    Effect.provide(source(environment, ...files))
  )

const secrets = { DB_PASSWORD: "x", DB_PRIMARY_HOST: "db", JWT_SECRET: "a secret of at least thirty-two bytes" }

const contradictions = (cores: number) => [
  "hint: database.connection_pool.connection_timeout (10s) is shorter than database.execution.transaction_timeout (60s): " +
  "both hold, because it limits connecting and waiting for a session and not what runs in it",
  "contradiction: monitoring.alerts.rules.1.expr waits for 8GB, but deployment.resources.memory wins: " +
  "an instance with 8GB is ended before. Alert well below it.",
  "contradiction: thread.cpu_affinity.cores asks for 16 CPUs, but deployment.resources.cpu wins: " +
  "an instance runs on 4. Ask for that many.",
  "contradiction: monitoring.alerts.rules asks for error_count_total, memory_usage_bytes, but " +
  "monitoring.prometheus.namespace and subsystem win: /metrics serves app_kcenon_error_count_total, " +
  "app_kcenon_memory_usage_bytes. Write the prefix into rules and dashboards, or leave it out.",
  "contradiction: monitoring.alerts.rules.0.expr compares the counter error_count_total with 100: a counter never " +
  "falls, so the alert never ends, whatever monitoring.alerts.rules.0.duration says. " +
  "Write increase(error_count_total[5m]) > 100.",
  "contradiction: monitoring.alerts.webhook_url ends with /api/v1/alerts, which Alertmanager removed in 0.27: " +
  "write /api/v2/alerts.",
  "contradiction: database.ha.read_replicas.endpoints names db-replica-01:5432, db-replica-02:5432, which " +
  "database.connections.replicas does not (db-replica-01.example.com:5432): the lists are one, and " +
  "database.connections.replicas wins where both name a server. Name each server once, under one name.",
  "hint: database.ha.failover follows a promoted primary and promotes none itself: that is for your cluster's own tool " +
  "(Patroni, repmgr, pg_auto_failover, or a person with pg_promote())",
  `hint: database.connection_pool.max_size is 20; the usual formula (cores * 2 + 1) gives ${cores * 2 + 1} for a ` +
  `database server with the ${cores} cores of this machine`,
  "contradiction: network.load_balancing.strategy is round_robin, but network.tcp.so_reuseport wins: " +
  "the operating system chooses the process that gets a connection. Keep one of them.",
  "contradiction: network.tls.ciphers.2 is TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, which is no name of a cipher suite: " +
  "it is read as TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256."
]

describe("the guide's settings, word for word", () => {
  for (const file of readdirSync(folder)) {
    it.effect(`${file} has no fault`, () =>
      Effect.gen(function*() {
        const { faults } = Settings.prepare(plugins, yield* tree(secrets, join(folder, file)))
        assert.deepStrictEqual(faults.map((fault) => fault.message), [])
      }))
  }

  it.effect("load as one directory, and every key without effect is told with its line and the reason", () =>
    Effect.gen(function*() {
      const all = yield* tree(secrets, folder)
      assert.deepStrictEqual(Settings.prepare(plugins, all).faults, [])
      const untold = Setting.notApplied(plugins, all, "linux").filter(({ origin, why }) =>
        !/\.yaml:\d+:\d+$/.test(origin) || why.length < 10
      )
      assert.deepStrictEqual(untold, [])
    }))

  it.effect("contradict themselves in these places and in no other", () =>
    Effect.gen(function*() {
      const { advice } = yield* Kernel.plan(plugins).pipe(Effect.provide(source({ DB_PASSWORD: "x" }, folder)))
      const told = advice.filter(({ kind }) => kind !== "not-applied").map(({ kind, message }) => `${kind}: ${message}`)
      assert.deepStrictEqual(told, contradictions(availableParallelism()))
    }))

  it.effect("show no password, neither the primary's nor those in the list of replicas, and still notice a change", () =>
    Effect.gen(function*() {
      const before = yield* tree({ DB_PASSWORD: "planted-1" }, folder)
      const after = yield* tree({ DB_PASSWORD: "planted-2" }, folder)
      const plan = yield* Kernel.plan(plugins).pipe(Effect.provide(source({ DB_PASSWORD: "planted-1" }, folder)))
      const changes = settingsDiff(before, after)
      assert.deepStrictEqual(
        changes.map(({ after, before, key }) => [key, before, after]),
        [
          ["database.connections.primary.password", "<secret>", "<secret>"],
          ["database.connections.replicas", "<secret>", "<secret>"]
        ]
      )
      assert.notInclude(JSON.stringify([plan, settingsDiff(Settings.empty, after), before.advice]), "planted")
    }))

  it.effect("need the password that they name", () =>
    Effect.gen(function*() {
      const { faults } = yield* tree({}, join(folder, "database.yaml"))
      assert.include(faults.map((fault) => fault.message).join("\n"), "environment variable DB_PASSWORD is not set")
    }))
})

it.effect("development.yaml and production.yaml have no fault", () =>
  Effect.gen(function*() {
    for (const file of ["development.yaml", "production.yaml"]) {
      const { faults } = Settings.prepare(plugins, yield* tree(secrets, join(folder, "..", file)))
      assert.deepStrictEqual(faults.map((fault) => fault.message), [])
    }
  }))
