/** Pure: what is wrong with a request for a WebSocket, by its head: RFC 6455 section 4.2, and the page that it comes from. */
import type * as http from "node:http"
import type { NetworkConfig } from "../config.ts"
import type * as Problem from "../Problem.ts"
import type { Exchange } from "./exchange.ts"
import { matcher } from "./origins.ts"

type Settings = Pick<NetworkConfig, "websocket"> & { readonly http: Pick<NetworkConfig["http"], "cors"> }

/** HTTP/2 has another port or ALPN, and TLS a port of its own; who asks for them in passing is answered as if it had not. */
const ignored = /^(?:h2c?|http\/|tls\/)/i

/** Whether a request leaves HTTP, where its handler opens what it asks for. */
export const leavesHttp = ({ headers: { upgrade } }: http.IncomingMessage): boolean =>
  upgrade !== undefined && !ignored.test(upgrade)

export const isWebSocket = ({ headers: { upgrade } }: http.IncomingMessage): boolean =>
  upgrade !== undefined && upgrade.toLowerCase() === "websocket"

const wrongMethod: Problem.Occurrence = {
  code: "network.receive",
  detail: "A WebSocket is opened by GET without a body. Use a WebSocket client."
}

const wrongKey: Problem.Occurrence = {
  code: "network.receive",
  detail: "The header Sec-WebSocket-Key is missing or not 16 bytes in base64. Use a WebSocket client."
}

const wrongVersion: Problem.Occurrence = {
  code: "network.receive",
  status: 426,
  detail: "This server speaks version 13 of the WebSocket protocol. Send the header: Sec-WebSocket-Version: 13"
}

const foreign: Problem.Occurrence = {
  code: "common.permission_denied",
  plugin: "network",
  detail: "Pages of this origin may not open WebSockets here. Open it from a page of this server, " +
    "or add the origin to network.websocket.allowed_origins."
}

/** What else the client is told beside the problem. */
export const fieldsOf = ({ status }: Problem.Occurrence): Readonly<Record<string, string>> =>
  status === 426 ? { "sec-websocket-version": "13", upgrade: "websocket" } : {}

const key = /^[+/0-9A-Za-z]{22}==$/

/** Behind a proxy that ends TLS only the proxy knows the scheme, so hosts are compared. */
const isOwn = (origin: string, host: string): boolean =>
  origin.slice(origin.indexOf("://") + 3) === host.toLowerCase().replace(/:(?:80|443)$/, "")

/** `*` of CORS lets pages read public answers; a WebSocket comes with cookies, and is not meant by it. */
const allowed = ({ http: { cors }, websocket }: Settings): ReadonlyArray<string> => [
  ...websocket.allowed_origins,
  ...(cors.enabled ? cors.allowed_origins.filter((origin) => origin !== "*") : [])
]

const isAllowed = (origin: string, host: string, settings: Settings): boolean =>
  isOwn(origin, host) || settings.websocket.allowed_origins.includes("*") || matcher(allowed(settings))(origin)

export const faultOf = (exchange: Exchange, settings: Settings): Problem.Occurrence | undefined => {
  const { head: { origin }, request: { headers } } = exchange
  if (exchange.method !== "GET" || exchange.hasBody) return wrongMethod
  if (headers["sec-websocket-version"] !== "13") return wrongVersion
  if (!key.test(String(headers["sec-websocket-key"]))) return wrongKey
  return origin === undefined || isAllowed(origin, headers.host ?? "", settings) ? undefined : foreign
}
