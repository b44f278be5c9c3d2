/**
 * What a request of the control API asks for, as far as it is what it should be: method, query, body. On the operations thread, so
 * it loads nothing of ours.
 */
import type * as Http from "node:http"
import type { Command, ControlPlan, Refusal } from "./ops.ts"

const fatal = new TextDecoder("utf-8", { fatal: true })

const depth = (value: unknown, left: number): boolean =>
  typeof value !== "object" || value === null || (left > 0 && Object.values(value).every((one) => depth(one, left - 1)))

/** Nested deeply, it would cost those who walk it their stack. */
export const parse = (text: string, maxDepth: number): { readonly input: unknown } | undefined => {
  if (text === "") return { input: {} }
  try {
    const input: unknown = JSON.parse(text)
    return depth(input, maxDepth) ? { input } : undefined
  } catch {
    return undefined
  }
}

export const decoded = (body: Buffer): string | undefined => {
  try {
    return fatal.decode(body)
  } catch {
    return undefined
  }
}

interface Asked {
  readonly input: string
  readonly dryRun: boolean
}

/** A misspelt `dry_run` would do what was only to be tried: whatever is not known is refused. */
const queryOf = (method: Command["method"], query: string): Asked | undefined => {
  const params = [...new URLSearchParams(query)]
  const known = method === "GET" ? "input" : "dry_run"
  const [, value = ""] = params[0] ?? []
  if (params.length > 1 || params.some(([name]) => name !== known)) return undefined
  if (method === "GET") return { input: value, dryRun: false }
  return params.length === 0 || value === "true" || value === "false"
    ? { input: "", dryRun: value === "true" }
    : undefined
}

const methods = new Map<string | undefined, Command["method"]>([["GET", "GET"], ["HEAD", "GET"], ["POST", "POST"]])

const hasBody = ({ headers }: Http.IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

const isJson = ({ headers }: Http.IncomingMessage): boolean =>
  /^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")

/** A body is read to its end, so that the answer reaches who is still sending, but not without an end. */
const patience = 16

/** Hands over the whole body, or why there is none; nothing when the peer went away. */
export const readBody = (
  request: Http.IncomingMessage,
  { bodyMillis, maxBodyBytes }: ControlPlan,
  settle: (body: Buffer | "tooLarge" | "slow" | undefined) => void
): void => {
  const chunks: Array<Buffer> = []
  let length = 0
  const timer = setTimeout(settle, bodyMillis, "slow")
  const done = (body: Parameters<typeof settle>[0]) => {
    clearTimeout(timer)
    settle(body)
  }
  request.on("data", (chunk: Buffer) => {
    length += chunk.byteLength
    if (length > maxBodyBytes * patience) return request.destroy()
    if (length <= maxBodyBytes) return chunks.push(chunk)
    return done("tooLarge")
  })
  request.on("end", () => done(Buffer.concat(chunks)))
  request.on("close", () => done(undefined))
}

/** The end of the body does not matter to who was refused, only that it has one. */
export const discard = (request: Http.IncomingMessage, plan: ControlPlan): void => readBody(request, plan, () => {})

/** What the head says, or why nothing more of the request is read. */
export const head = (
  request: Http.IncomingMessage,
  query: string,
  { maxBodyBytes }: ControlPlan
): Refusal | (Asked & { readonly method: Command["method"] }) => {
  const method = methods.get(request.method)
  if (method === undefined) return "method"
  const asked = queryOf(method, query)
  if (asked === undefined) return "query"
  if (method === "POST" && hasBody(request) && !isJson(request)) return "mediaType"
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return "tooLarge"
  return { method, ...asked }
}
