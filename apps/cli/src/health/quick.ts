/**
 * `heptad health` in its plain forms, without Effect, Schema and the command tree: they cost several times the start of
 * Node itself, and a container asks every few seconds. Whatever this does not understand is left to the whole command.
 */
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { url } from "../start/screen/url.ts"
import { pages, probe, statusLine } from "./probe.ts"

type Environment = Readonly<Record<string, string | undefined>>

const options = {
  live: { type: "boolean" },
  ready: { type: "boolean" },
  startup: { type: "boolean" },
  json: { type: "boolean" },
  port: { type: "string" }
} as const

const parse = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch {
    return undefined
  }
}

const portOf = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port > 0 && port < 65_536 ? port : undefined
}

/** The address that the running app wrote down; undefined when there is none or somebody else may read it only. */
export const written = (directory: string): string | undefined => {
  try {
    const file: unknown = JSON.parse(readFileSync(`${directory}/control.json`, "utf8"))
    const found: unknown = typeof file === "object" && file !== null ? Reflect.get(file, "url") : undefined
    return typeof found === "string" ? found : undefined
  } catch {
    return undefined
  }
}

/** By flag, as the app wrote it down, by environment, by default. */
const baseOf = (given: string | undefined, environment: Environment): string | undefined => {
  const found = given === undefined ? written(environment["HEPTAD_DATA_DIR"] || ".heptad") : undefined
  const port = portOf(given ?? (environment["MONITORING_HEALTH_PORT"] || "9090"))
  const host = environment["MONITORING_HEALTH_BIND_ADDRESS"] || "127.0.0.1"
  return found ?? (port === undefined ? undefined : url({ host, port }, ""))
}

/** The exit code; undefined when the whole command must look at it. */
export const quick = async (args: ReadonlyArray<string>, environment: Environment): Promise<number | undefined> => {
  const flags = parse(args)
  const wanted = pages.filter((page) => flags?.[page] === true)
  const base = flags === undefined ? undefined : baseOf(flags.port, environment)
  if (base === undefined || wanted.length > 1) return undefined
  const answer = await probe(`${base}/health${wanted.map((page) => `/${page}`).join("")}`)
  console.log(flags?.json === true ? answer.body : statusLine(answer))
  return answer.ok ? 0 : 1
}
