import { expect, it } from "vitest"
import { lints } from "../src/internal/lints.ts"

const told = (value: Readonly<Record<string, unknown>>) => lints(value, []).map(({ message }) => message)

const alert = (expr: string) => ({ alerts: { rules: [{ name: "memory", expr }] } })
const given = (resources: Readonly<Record<string, unknown>>) => ({ resources })

it("a memory alert that an instance never reaches is told, whatever the spelling", () => {
  expect(told({ deployment: given({ memory: "4GB" }), monitoring: alert("memory_usage_bytes > 4096MB") })).toEqual([
    "monitoring.alerts.rules.0.expr waits for 4096MB, but deployment.resources.memory wins: an instance with 4GB is " +
    "ended before. Alert well below it."
  ])
})

it("a memory alert below the memory of an instance, or one of another kind, is not told", () => {
  for (
    const expr of ["memory_usage_bytes > 3GB", "memory_usage_bytes < 8GB", "queue_bytes > 8GB", "memory_usage_bytes >"]
  ) {
    expect(told({ deployment: given({ memory: "4GB" }), monitoring: alert(expr) })).toEqual([])
  }
  expect(told({ monitoring: alert("memory_usage_bytes > 8GB") })).toEqual([])
})

it("threads and pinned CPUs beyond the cores of an instance are told", () => {
  const thread = { pool_size: "16", cpu_affinity: { cores: ["0-15", "15"] } }
  expect(told({ deployment: given({ cpu: "2 cores" }), thread })).toEqual([
    "thread.pool_size asks for 16 threads, but deployment.resources.cpu wins: an instance runs on 2. Ask for that many.",
    "thread.cpu_affinity.cores asks for 16 CPUs, but deployment.resources.cpu wins: an instance runs on 2. " +
    "Ask for that many."
  ])
  expect(told({ deployment: given({ cpu: 16 }), thread })).toEqual([])
  expect(told({ deployment: given({ cpu: "2 cores" }), thread: { pool_size: "auto" } })).toEqual([])
})

it("a connect timeout below the transaction timeout is explained where somebody wrote both", () => {
  const execution = { transaction_timeout: "60s" }
  expect(told({ database: { connection_pool: { connection_timeout: "10s" }, execution } })).toEqual([
    "database.connection_pool.connection_timeout (10s) is shorter than database.execution.transaction_timeout (60s): " +
    "both hold, because it limits connecting and waiting for a session and not what runs in it"
  ])
  expect(told({ database: { connection_pool: { connection_timeout: "2m" }, execution } })).toEqual([])
  expect(told({ database: { execution } })).toEqual([])
})

it("values that do not decode are told as faults and not here", () => {
  expect(told({ deployment: "x", monitoring: { alerts: { rules: 5 } }, thread: { pool_size: [] } })).toEqual([])
})
