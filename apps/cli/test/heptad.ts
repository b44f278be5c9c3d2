/** The command as a process. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const sources = join(import.meta.dirname, "../src")

interface Options {
  readonly cwd?: string
  /** Flags of Node itself. */
  readonly node?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  /** Which command; `heptad` when absent. */
  readonly main?: string
}

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard output holds the text; fails when the process ends before. */
  readonly said: (text: string) => Promise<void>
}

export const begin = (
  args: ReadonlyArray<string>,
  { cwd, environment = {}, main = "main.ts", node = [] }: Options = {}
): Running => {
  const child = spawn(process.execPath, [...node, "--conditions=source", join(sources, main), ...args], {
    cwd,
    env: { ...process.env, ...environment, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let [out, err] = ["", ""]
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
  const ended = once(child, "close").then(() => ({ code: child.exitCode ?? -1, out, err }))
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => out.includes(text) ? resolve() : undefined
      child.stdout.on("data", look)
      child.once("close", () => reject(new Error(`ended without "${text}":\n${out}${err}`)))
      look()
    })
  return { process: child, ended, said }
}

/** Runs the command to its end. */
export const heptad = (args: ReadonlyArray<string>, options: Options = {}): Promise<Ended> => begin(args, options).ended
