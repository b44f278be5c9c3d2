/**
 * A round-robin HTTP balancer, as strict as balancers get, so that what passes behind it passes behind a real one:
 *
 * - It repeats nothing. nginx, HAProxy and Envoy send a request again when a reused connection turned out to be closed before a
 *   byte of the answer; that would hide here what this test is for. The client gets 502 with the reason.
 * - A connection whose answer said `Connection: close` is never used again (Node's agent sees to that).
 * - `Connection: close` of a client goes on: its request has a connection of its own to the instance, too.
 * - An instance out of rotation gets no new request; what it has begun is finished.
 * - An instance has at most 64 requests at a time, as with HAProxy's `maxconn`; others wait here, and are given to an instance
 *   when there is room, not before. Without a limit a slow instance gets a new connection for each request that it delays.
 */
import * as http from "node:http"
import { type AddressInfo, isIPv6 } from "node:net"
import { instanceHeader, reasonHeader } from "./headers.ts"
import * as Readiness from "./readiness.ts"
import * as Rotation from "./rotation.ts"

export interface Upstream {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Its readiness page. */
  readonly readiness: string
}

export interface Change {
  readonly instance: string
  readonly ready: boolean
  readonly reason: string
  /** Milliseconds of the wall clock. */
  readonly at: number
}

/** Of one connection, not of the message (RFC 9110, 7.6.1). */
const hopByHop = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]

const endToEnd = (headers: http.IncomingHttpHeaders): http.IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)))

const fail = (response: http.ServerResponse, status: number, reason: string): void => {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { [reasonHeader]: reason, "content-type": "text/plain" }).end(`${reason}\n`)
}

interface Exchange {
  readonly upstream: Upstream
  readonly agent: http.Agent
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
}

const forward = ({ agent, request, response, upstream: { host, name, port } }: Exchange): void => {
  const fresh = request.headers.connection?.toLowerCase() === "close"
  const headers = endToEnd(request.headers)
  const { method = "GET", url: path = "/" } = request
  const sent = http.request({ host, port, method, path, headers, agent: fresh ? false : agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...endToEnd(answer.headers), [instanceHeader]: name })
    answer.pipe(response)
    // Cut off in the middle: the client must not take it for a whole answer.
    answer.on("error", () => response.destroy())
  })
  sent.on("error", (error) => {
    const code = "code" in error ? String(error.code) : error.message
    fail(response, 502, `${name}: ${code} on a ${sent.reusedSocket ? "reused" : "new"} connection`)
  })
  response.on("close", () => response.writableFinished || sent.destroy())
  request.pipe(sent)
}

export interface Balancer {
  readonly url: string
  readonly close: () => Promise<void>
}

const urlOf = ({ address, port }: AddressInfo): string => `http://${isIPv6(address) ? `[${address}]` : address}:${port}`

const listen = (server: http.Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", 1024, () => {
      const address = server.address()
      if (typeof address === "object" && address !== null) resolve(urlOf(address))
    })
  })

/** Of one instance at a time. */
const limit = 64

interface Waiting {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly wanted: string | undefined
}

/** Gives requests to instances in the order in which they came. */
const dispatcher = (upstreams: ReadonlyArray<Upstream>, rotation: Rotation.Rotation) => {
  const agents = new Map(
    upstreams.map((upstream) => [upstream.name, { upstream, agent: new http.Agent({ keepAlive: true }) }])
  )
  const waiting: Array<Waiting> = []

  const give = ({ request, response }: Waiting, name: string): void => {
    response.on("close", () => {
      rotation.giveBack(name)
      dispatch()
    })
    const chosen = agents.get(name)
    if (chosen !== undefined) forward({ ...chosen, request, response })
  }

  const dispatch = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const name = rotation.isEmpty() || next.response.destroyed ? "" : rotation.take(next.wanted)
      if (name === undefined) return
      waiting.shift()
      if (name !== "") give(next, name)
      else if (!next.response.destroyed) fail(next.response, 503, "no instance is ready")
    }
  }

  return {
    dispatch,
    take: (one: Waiting): void => {
      waiting.push(one)
      dispatch()
    },
    close: (): void => {
      for (const { agent } of agents.values()) agent.destroy()
    }
  }
}

/** Serves on a free port of the loopback interface. */
export const start = async (
  upstreams: ReadonlyArray<Upstream>,
  tell: (change: Change) => void
): Promise<Balancer> => {
  const rotation = Rotation.make(upstreams.map(({ name }) => name), limit)
  const requests = dispatcher(upstreams, rotation)
  const stops = upstreams.map(({ name, readiness }) =>
    Readiness.watch(readiness, ({ ready, reason }) => {
      if (!rotation.set(name, ready)) return
      tell({ instance: name, ready, reason, at: Date.now() })
      requests.dispatch()
    })
  )

  // Clients reuse their connections as long as they like: an idle one that is closed here would be a failure of this process.
  const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    requests.take({ request, response, wanted: request.headers[instanceHeader]?.toString() })
  })

  const url = await listen(server)
  return {
    url,
    close: async () => {
      for (const stop of stops) stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      requests.close()
    }
  }
}
