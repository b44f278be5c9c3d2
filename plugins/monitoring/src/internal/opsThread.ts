/**
 * Runs on a thread of its own: the HTTP side of the operations ports, and the heartbeat of the main thread's event loop.
 * Because the sockets live here, a probe gets its 503 also while the main thread is blocked, and hostile or slow clients
 * of these ports never cost the main thread anything.
 */
import * as Http from "node:http"
import { parentPort, workerData } from "node:worker_threads"
import * as Zlib from "node:zlib"
import type { Answer, FromThread, Plan, Route, ToThread } from "./ops.ts"
import * as ControlDoor from "./opsThreadControl.ts"

const plan: Plan = workerData
if (parentPort === null) throw new Error("opsThread.ts is the entry of a worker thread")
const main = parentPort
const say = (message: FromThread) => main.postMessage(message)

/** Probes and a few Prometheus servers need a handful; more than this is abuse and is turned away at once. */
const maxConnections = 256

const limits: Http.ServerOptions = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000
}

/** Smaller pages cost more to compress than to send. */
const gzipFrom = 1024

// Heartbeat: a beat is outstanding until the main thread's event loop answers it.

let { heartbeat } = plan
let beating: NodeJS.Timeout | undefined
let outstandingSince: number | undefined
let beat = { tookMillis: 0, answeredAt: performance.now() }

const sendBeat = () => {
  if (outstandingSince !== undefined) return
  outstandingSince = performance.now()
  say({ _tag: "Beat" })
}

const silentMillis = () => outstandingSince === undefined ? 0 : performance.now() - outstandingSince

const onBeatAnswer = () => {
  beat = { tookMillis: silentMillis(), answeredAt: performance.now() }
  outstandingSince = undefined
  if (beat.tookMillis > heartbeat.timeoutMillis) say({ _tag: "Unblocked", millis: beat.tookMillis })
}

const keepBeating = (rhythm: typeof heartbeat) => {
  heartbeat = rhythm
  clearInterval(beating)
  beating = setInterval(sendBeat, heartbeat.intervalMillis)
}

// Requests: asked of the main thread, answered from here when it stays silent.

const waiting = new Map<number, (answer: Answer) => void>()
let asked = 0

const ask = (route: Route, query: string, accept: string, answer: (answer: Answer) => void) => {
  // The deadline counts from the first unanswered beat: who asks late does not wait as long again.
  const patience = (route.deadlineMillis ?? heartbeat.timeoutMillis) - silentMillis()
  if (patience <= 0) return answer(route.silence)
  sendBeat()
  const id = asked++
  const settle = (settled: Answer) => {
    clearTimeout(deadline)
    waiting.delete(id)
    answer(settled)
  }
  const deadline = setTimeout(settle, patience, route.silence)
  waiting.set(id, settle)
  const { answeredAt, tookMillis } = beat
  say({
    _tag: "Ask",
    id,
    page: route.page,
    query,
    accept,
    beat: { tookMillis, ageMillis: performance.now() - answeredAt }
  })
}

const acceptsGzip = (accept: string) => /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accept)

/** Node leaves the body out of an answer to HEAD by itself. */
const write = (
  response: Http.ServerResponse,
  { contentType, headers: own, status }: Answer,
  body: Buffer,
  headers: Readonly<Record<string, string>>
) => {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": body.byteLength,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
    ...own
  })
  response.end(body)
}

const vary = { vary: "accept, accept-encoding" }

const reply = (request: Http.IncomingMessage, response: Http.ServerResponse, answer: Answer) => {
  const plain = Buffer.from(answer.body)
  const small = plain.byteLength < gzipFrom
  if (small || !acceptsGzip(request.headers["accept-encoding"] ?? "")) {
    return write(response, answer, plain, vary)
  }
  Zlib.gzip(plain, (error, packed) =>
    error === null
      ? write(response, answer, packed, { ...vary, "content-encoding": "gzip" })
      : write(response, answer, plain, vary))
}

const text = (status: number, body: string): Answer => ({ status, contentType: "text/plain; charset=utf-8", body })

const refuse = (
  response: Http.ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {}
) => write(response, answer, Buffer.from(answer.body), { connection: "close", ...headers })

// The control API: its door is a file of its own.

const { control, listeners } = plan
const door = control === undefined ? undefined : ControlDoor.make(control, {
  boundTo: listeners[control.listener]?.host ?? "",
  post: (command) => {
    sendBeat()
    say(command)
  },
  reply,
  silentMillis
})

const doorOf = (listener: number) => control?.listener === listener ? door : undefined

const onRequest = (listener: number): Http.RequestListener => (request, response) => {
  const routes = listeners[listener]?.routes ?? {}
  const [path = "", query = ""] = (request.url ?? "").split("?", 2)
  if (control !== undefined && path.startsWith(control.prefix) && doorOf(listener) !== undefined) {
    return door?.onRequest(request, response, path.slice(control.prefix.length), query)
  }
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route === undefined) {
    return refuse(response, text(404, `Not here. This port serves ${Object.keys(routes).join(", ")}\n`))
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(response, text(405, "Only GET and HEAD.\n"), { allow: "GET, HEAD" })
  }
  ask(route, query, request.headers.accept ?? "", (answer) => reply(request, response, answer))
}

// Start: all listeners, or the first refusal.

const addresses: Array<{ readonly host: string; readonly port: number }> = []

const onListening = (index: number, server: Http.Server) => {
  const address = server.address()
  if (typeof address !== "object" || address === null) return
  addresses[index] = { host: address.address, port: address.port }
  if (Object.keys(addresses).length === listeners.length) say({ _tag: "Listening", addresses })
}

main.on("message", (message: ToThread) => {
  switch (message._tag) {
    case "BeatAnswer":
      return onBeatAnswer()
    case "Heartbeat":
      return keepBeating(message.heartbeat)
    case "Answered":
      return waiting.get(message.id)?.(message.answer)
    case "Commanded":
      return door?.onAnswer(message.id, message.answer)
  }
})

listeners.forEach((listener, index) => {
  const server = Http.createServer(limits, onRequest(index))
  server.maxConnections = maxConnections
  server.on(
    "error",
    (error: NodeJS.ErrnoException) => say({ _tag: "Refused", listener: index, code: error.code ?? error.message })
  )
  server.listen(listener.port, listener.host, () => onListening(index, server))
})

keepBeating(plan.heartbeat)
