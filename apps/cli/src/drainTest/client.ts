/** Sends one request over a kept or a new connection and reads the whole answer. Never fails: what went wrong is a value. */
import * as http from "node:http"
import { instanceHeader, reasonHeader } from "./headers.ts"

export interface Call {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: string | undefined
  /** The instance that should answer if it can. */
  readonly instance?: string | undefined
  readonly fresh: boolean
}

export type Reply =
  | { readonly status: number; readonly body: string; readonly instance: string; readonly reason: string | undefined }
  | { readonly lost: string }

const one = (header: string | Array<string> | undefined): string | undefined => header?.toString()

const headersOf = ({ body, instance }: Call, token: string): http.OutgoingHttpHeaders => ({
  authorization: `Bearer ${token}`,
  ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
  ...(instance === undefined ? {} : { [instanceHeader]: instance })
})

export interface Options {
  readonly url: string
  readonly token: string
  /** How long nothing may come before a request counts as failed. */
  readonly patienceMillis: number
}

export const make = ({ patienceMillis, token, url }: Options) => {
  const agent = new http.Agent({ keepAlive: true })
  const { hostname, port } = new URL(url)

  const read = (answer: http.IncomingMessage, resolve: (reply: Reply) => void): void => {
    const chunks: Array<Buffer> = []
    answer.on("data", (chunk: Buffer) => chunks.push(chunk))
    answer.on("end", () =>
      resolve({
        status: answer.statusCode ?? 0,
        body: Buffer.concat(chunks).toString(),
        instance: one(answer.headers[instanceHeader]) ?? "",
        reason: one(answer.headers[reasonHeader])
      }))
    answer.on("error", () => resolve({ lost: "cut off in the middle of the answer" }))
  }

  const send = (call: Call): Promise<Reply> =>
    new Promise((resolve) => {
      const { body, fresh, method, path } = call
      const options = { hostname, port, method, path, headers: headersOf(call, token), agent: fresh ? false : agent }
      const request = http.request(options, (answer) => read(answer, resolve))
      request.setTimeout(patienceMillis, () => request.destroy(new Error(`no answer in ${patienceMillis / 1000} s`)))
      request.on("error", (error) => resolve({ lost: "code" in error ? String(error.code) : error.message }))
      request.end(body)
    })

  return { send, close: () => agent.destroy() }
}

export type Client = ReturnType<typeof make>
