/** Asks a health page. Needs nothing but Node, because a container's health check starts it every few seconds. */
import * as http from "node:http"
import { text } from "node:stream/consumers"
import { printable } from "../printable.ts"

export const pages = ["live", "ready", "startup"] as const
export type Page = typeof pages[number]

export interface Answer {
  /** The page says yes. */
  readonly ok: boolean
  readonly body: string
}

/** Longer than the app itself waits before it calls its main thread stuck. */
const deadlineMillis = 5000

const ask = async (url: string): Promise<Answer> => {
  // fetch would refuse some ports that a health port may well have.
  const { get } = url.startsWith("https:") ? await import("node:https") : http
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, signal: AbortSignal.timeout(deadlineMillis) }, resolve).on("error", reject)
  })
  return { ok: answer.statusCode === 200, body: await text(answer) }
}

const because = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.name === "AbortError" ? `no answer within ${deadlineMillis} ms` : error.message
}

/** Never fails: an address that does not answer is an answer too. */
export const probe = (url: string): Promise<Answer> =>
  ask(url).catch((error: unknown) => ({
    ok: false,
    body: JSON.stringify({ status: "UNREACHABLE", reason: `${url}: ${because(error)}` })
  }))

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const member = (value: unknown, name: string): string | undefined => {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
  return typeof found === "string" ? found : undefined
}

/** `READY`, or `NOT_READY: draining`. */
export const statusLine = ({ body }: Answer): string => {
  const page = parsed(body)
  const reason = member(page, "reason")
  const status = member(page, "status")
  if (status === undefined) return "DOWN: what answers there is no health page"
  return printable(reason === undefined ? status : `${status}: ${reason}`)
}
