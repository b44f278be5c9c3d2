/** The monolith as its users have it: a process with its own data directory and ports. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"

export const root = join(import.meta.dirname, "../..")
const cli = ["--conditions=source", join(root, "apps/cli/src/main.ts")]

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}

/** Asks again every 50 ms until the answer is defined; the condition is what counts, the pause only spares the CPU. */
export const until = async <A>(what: string, seconds: number, ask: () => Promise<A | undefined>): Promise<A> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`)
    await delay(50)
  }
}

export interface Home {
  /** Removed in the end; the data directory is below it. */
  readonly folder: string
  readonly dataDirectory: string
  readonly environment: NodeJS.ProcessEnv
  readonly url: string
  readonly health: string
  readonly metrics: string
  readonly remove: () => Promise<void>
}

/** A data directory and ports that stay the same over restarts. */
export const makeHome = async (): Promise<Home> => {
  const folder = await mkdtemp(join(tmpdir(), "heptad-e2e-"))
  const dataDirectory = join(folder, "data")
  const [http, health, metrics] = [await freePort(), await freePort(), await freePort()]
  const environment = {
    ...process.env,
    HEPTAD_DATA_DIR: dataDirectory,
    NETWORK_PORT: String(http),
    MONITORING_HEALTH_PORT: String(health),
    MONITORING_PROMETHEUS_PORT: String(metrics),
    NO_COLOR: "1"
  }
  return {
    folder,
    dataDirectory,
    environment,
    url: `http://127.0.0.1:${http}`,
    health: `http://127.0.0.1:${health}`,
    metrics: `http://127.0.0.1:${metrics}/metrics`,
    remove: () => rm(folder, { recursive: true, force: true })
  }
}

/** Runs the command to its end. */
export const heptad = (home: Home, ...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, [...cli, ...args], { cwd: root, env: home.environment })

export class Monolith {
  readonly home: Home
  readonly process: ChildProcess
  output = ""
  #exit: Promise<number | null>

  constructor(home: Home, args: ReadonlyArray<string> = ["--config", "config/development.yaml"]) {
    this.home = home
    this.process = spawn(process.execPath, [...cli, "start", "monolith", ...args], { cwd: root, env: home.environment })
    this.process.stdout?.on("data", (chunk: Buffer) => (this.output += chunk.toString()))
    this.process.stderr?.on("data", (chunk: Buffer) => (this.output += chunk.toString()))
    this.#exit = once(this.process, "close").then(() => this.process.exitCode)
  }

  /** Resolves when readiness answers 200. */
  async ready(seconds = 60): Promise<this> {
    await until("ready", seconds, async () => {
      if (this.process.exitCode !== null) throw new Error(`ended with ${this.process.exitCode}:\n${this.output}`)
      const answer = await fetch(`${this.home.health}/health/ready`).catch(() => undefined)
      return answer?.status === 200 ? true : undefined
    })
    return this
  }

  /** The exit code; the process has ended and its output is complete. */
  exit(): Promise<number | null> {
    return this.#exit
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.process.kill(signal)
    return this.#exit
  }
}
