import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { heptad, type Home, makeHome, Monolith, root, until } from "./Monolith.ts"

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home.remove())

/** The reasons that a start prints, one a line. */
const reasons = (output: string) => output.split("\n").filter((line) => line.startsWith("- "))

const startWith = async (...args: ReadonlyArray<string>) => {
  const monolith = new Monolith(home, args)
  const code = await monolith.exit()
  return { code, output: monolith.output, reasons: reasons(monolith.output) }
}

const write = async (name: string, text: string) => {
  const file = join(home.folder, name)
  await writeFile(file, text)
  return file
}

describe("settings at fault", () => {
  it("tells every fault of every file at once, with its position, and starts nothing", async () => {
    const one = await write("one.yaml", "thread:\n  pool_sise: 4\n  limits:\n    max_job_duration: 30\n")
    const two = await write(
      "two.yaml",
      "logger:\n  default_level: ${NOT_SET_ANYWHERE}\ndatabase:\n  connection_pool:\n    max_size: many\n"
    )
    const { code, reasons } = await startWith("--config", one, "--config", two, "--set", "network.tcp.port=http")
    expect(code).toBe(78)
    expect(reasons.toSorted()).toEqual([
      `- --set network.tcp.port: network.tcp.port: expected a whole number between 0 and 65535, got "http"`,
      `- ${one}:2:3: thread.pool_sise: unknown key, did you mean "pool_size"?`,
      `- ${one}:4:5: thread.limits.max_job_duration: expected a duration such as "100ms", "30s", "5m" or "1h", got 30`,
      `- ${two}:2:3: logger.default_level: environment variable NOT_SET_ANYWHERE is not set; set it or write \${NOT_SET_ANYWHERE:-default}`,
      `- ${two}:5:5: database.connection_pool.max_size: expected a whole number between 1 and 10000, got "many"`
    ].toSorted())
  })

  it("says where a file is not YAML, and that a file is missing", async () => {
    const broken = await write("broken.yaml", "thread:\n  pool_size: [1\n")
    const { code, reasons } = await startWith("--config", broken, "--config", join(home.folder, "absent.yaml"))
    expect(code).toBe(78)
    expect(reasons).toHaveLength(2)
    expect(reasons[0]).toContain(`${broken}:`)
    expect(reasons[1]).toContain("absent.yaml")
  })

  it("refuses production without its secrets", async () => {
    const { code, reasons } = await startWith("--config", "config/production.yaml")
    expect(code).toBe(78)
    expect(reasons.join("\n")).toContain("DB_PRIMARY_HOST")
  })

  it("refuses a short JWT secret without showing it", async () => {
    const { code, output } = await startWith("--set", "network.auth.jwt.secret=too-short-a-secret")
    expect(code).toBe(78)
    expect(output).toContain("at least 32 bytes")
    expect(output).not.toContain("too-short-a-secret")
  })
})

describe("what the machine withholds", () => {
  it.each(["NETWORK_PORT", "MONITORING_HEALTH_PORT"])(
    "names the port that is taken and how to change it (%s)",
    async (variable) => {
      const squatter = createServer().listen(0, "127.0.0.1")
      await once(squatter, "listening")
      const address = squatter.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      home.environment[variable] = String(port)
      const { code, reasons } = await startWith("--config", "config/development.yaml")
      squatter.close()
      expect(code).toBe(69)
      expect(reasons).toHaveLength(1)
      expect(reasons[0]).toContain(String(port))
      expect(reasons[0]).toContain(variable)
    }
  )

  it("names the database that does not answer, after the deadline", async () => {
    const { code, reasons } = await startWith(
      ...["--set", "database.connections.primary.host=127.0.0.1", "--set", "database.connections.primary.port=1"],
      ...["--set", "database.connection_pool.connection_timeout=1s"]
    )
    expect(code).toBe(69)
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toContain("127.0.0.1:1")
  })
})

it("ends at once when a second signal comes during the drain", async () => {
  const monolith = await new Monolith(home, ["--set", "deployment.drain.lame_duck=60s"]).ready()
  monolith.process.kill("SIGTERM")
  await until("readiness says draining", 10, async () => {
    const answer = await fetch(`${home.health}/health/ready`)
    return answer.status === 503 ? true : undefined
  })
  // Copies of the first signal do not count, so somebody who insists presses until it ends.
  await until("the end", 10, async () => {
    monolith.process.kill("SIGTERM")
    return monolith.process.exitCode ?? undefined
  })
  expect(await monolith.exit()).toBe(143)
  await until(
    "the embedded server has gone too",
    10,
    async () => existsSync(join(home.dataDirectory, "postgres/postmaster.pid")) ? undefined : true
  )
}, 60_000)

it("drains after a Ctrl-C that arrives twice, as it does under npm", async () => {
  const monolith = await new Monolith(home, ["--config", "config/development.yaml"]).ready()
  monolith.process.kill("SIGINT")
  monolith.process.kill("SIGINT")
  expect(await monolith.exit()).toBe(0)
}, 60_000)

it("prints usage and exits 2 for a command line that it does not understand", async () => {
  expect((await startWith("--confg", "x")).code).toBe(2)
  await expect(heptad(home, "token", "--sub", "")).rejects.toMatchObject({ code: 2 })
})

it("stops with npm when somebody ends `npm exec`, whose shell passes no signal on", async () => {
  const npm = spawn("npm", ["exec", "heptad", "--", "start", "monolith"], { cwd: root, env: home.environment })
  const ask = () => fetch(`${home.health}/health/ready`).then((answer) => answer.status, () => undefined)
  await until("ready", 60, async () => (await ask()) === 200 ? true : undefined)
  npm.kill("SIGTERM")
  await until("the app has gone", 20, async () => (await ask()) === undefined ? true : undefined)
  await until(
    "the embedded server has gone too",
    10,
    async () => existsSync(join(home.dataDirectory, "postgres/postmaster.pid")) ? undefined : true
  )
}, 90_000)
