/** An app with a control API, operations that the test holds, and raw HTTP, because fetch forbids what a stranger may send. */
import { DataDirectory } from "@heptad/common"
import { Contract, Kernel, Operation, OperationRefused, Operations, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Monitoring } from "@heptad/monitoring"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import * as Http from "node:http"
import { createConnection } from "node:net"
import { fakeCommon, freePorts } from "./app.ts"

const manifest = { name: "@test/shop", version: "1.0.0" }

/** Runs once for every call that is not a dry run. */
export type Act = (input: Schema.Json) => Effect.Effect<Schema.Json, OperationRefused>

const operation = (name: string, kind: "read" | "write", act: Act) =>
  Operation.make({
    name,
    description: "For tests.",
    kind,
    input: Schema.Json,
    run: (input, { dryRun }) => dryRun ? Effect.succeed({ dry_run: true }) : act(input)
  })

/** Operations `ask` (read) and `act` (write). */
const shop = (act: Act) =>
  Plugin.make({
    manifest,
    contract: Contract.make({ name: "shop", manifest, services: [] }),
    requires: [],
    config: Schema.Struct({}),
    layer: () =>
      Layer.effectDiscard(Effect.gen(function*() {
        const { register } = yield* Operations
        yield* register(operation("ask", "read", act))
        yield* register(operation("act", "write", act))
      }))
  })

const apart = Layer.sync(Metric.MetricRegistry, () => new Map())

export const controlled = (act: Act = Effect.succeed, monitoring: Record<string, unknown> = freePorts) =>
  Kernel.layer([fakeCommon([]), MonitoringPlugin, shop(act)]).pipe(
    Layer.provide(settings({ monitoring })),
    Layer.provideMerge(apart)
  )

export const token = (role: "operator" | "read") =>
  Effect.flatMap(DataDirectory, ({ secret }) => Effect.map(secret(`control-${role}`, 32), Redacted.value))

export const fileOf = (name: string) => Effect.map(DataDirectory, ({ path }) => `${path}/${name}`)

export interface Sent {
  readonly method?: string
  readonly headers?: Http.OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Default: the operator. */
  readonly role?: "operator" | "read"
}

export interface Got {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const port = Effect.map(Monitoring, ({ healthAddress }) => healthAddress?.port ?? 0)

/** Ends the request when it is interrupted. */
export const send = Effect.fnUntraced(function*(path: string, { body, headers = {}, method = "GET", role }: Sent = {}) {
  const [to, bearer] = [yield* port, yield* token(role ?? "operator")]
  return yield* Effect.callback<Got>((resume) => {
    const request = Http.request({
      host: "127.0.0.1",
      port: to,
      path,
      method,
      agent: false,
      headers: { authorization: `Bearer ${bearer}`, ...headers }
    }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString()
        const { headers, statusCode: status = 0 } = response
        resume(Effect.succeed({ status, headers, text, json: json(text) }))
      })
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })
})

const withType = { "content-type": "application/json" }

export const post = (path: string, input?: unknown, { headers, ...sent }: Sent = {}) =>
  send(path, {
    method: "POST",
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    headers: { ...(input === undefined ? {} : withType), ...headers },
    ...sent
  })

/** Writes this to the port and answers what comes back until the other side closes. */
export const raw = Effect.fnUntraced(function*(bytes: string | Buffer) {
  const to = yield* port
  return yield* Effect.callback<string>((resume) => {
    const socket = createConnection(to, "127.0.0.1")
    let text = ""
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(text)))
    socket.write(bytes)
    return Effect.sync(() => socket.destroy())
  })
})

export const told = ({ json, status }: Got): unknown => [
  status,
  typeof json === "object" && json !== null && "code" in json ? json.code : undefined
]

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))

export const auditLines = Effect.map(
  fileOf("audit.log"),
  (path) => readFileSync(path, "utf8").split("\n").slice(0, -1).map((line) => Schema.decodeSync(Line)(line))
)

export const refuse = (reason: OperationRefused["reason"]) =>
  Effect.fail(new OperationRefused({ operation: "act", reason, problem: `because of ${reason}` }))
