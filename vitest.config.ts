import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import { passedAndFailed } from "./scripts/vitest-reporter.ts"

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: [
      "kernel/test/**/*.test.ts",
      "plugins/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "docs/examples/*.test.ts",
      "test/**/*.test.ts",
      "bench/test/**/*.test.ts"
    ],
    globalSetup: ["test/globalSetup.ts"],
    reporters: ["default", passedAndFailed],
    pool: "forks",
    // Vitest leaves one core free, which is half of a machine with two; tests wait for processes and sockets most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Child processes and worker threads started by tests must resolve packages as the tests do.
    execArgv: ["--conditions=source"],
    // They compile what they load once, not each.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compiled") },
    testTimeout: 20_000,
    // The first test that needs a database waits for the server of the run.
    hookTimeout: 60_000
  }
})
