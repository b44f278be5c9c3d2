/**
 * Who may come in by the door of the control API: the peer, what only a browser would send, the token. On the operations
 * thread, so it loads nothing of ours.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingHttpHeaders } from "node:http"
import * as Net from "node:net"
import type { ControlPlan, Refusal, Role } from "./ops.ts"

/** The part of a request that is looked at. */
export interface Caller {
  readonly headers: IncomingHttpHeaders
  readonly socket: Pick<Net.Socket, "remoteAddress" | "localAddress">
}

const loopback = new Net.BlockList()
loopback.addSubnet("127.0.0.0", 8)
loopback.addAddress("::1", "ipv6")

const isLoopback = (address: string): boolean => {
  const version = Net.isIP(address)
  return version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4")
}

/** Without its port and brackets; undefined for what is no authority. */
const hostname = (host: string): string | undefined => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

/** An IPv4 address as it is, also where the socket speaks IPv6. */
export const unmapped = (address: string | undefined): string => (address ?? "").replace(/^::ffff:(?=\d+\.)/, "")

const bearer = (header: string | undefined): string => /^Bearer +([\w-]+)$/i.exec(header ?? "")?.[1] ?? ""

/** Hashes have one length whatever was sent, and both are always compared, so the time tells nothing. */
const roleOf = (hashes: ControlPlan["hashes"], header: string | undefined): Role | undefined => {
  const hash = createHash("sha256").update(bearer(header)).digest()
  const [operator, read] = [timingSafeEqual(hash, hashes.operator), timingSafeEqual(hash, hashes.read)]
  return operator ? "operator" : read ? "read" : undefined
}

type Policy = Pick<ControlPlan, "allowRemote" | "hashes">

const strangers = ({ allowRemote }: Policy, boundTo: string) => {
  /** A page in a browser reaches this port under a name of its own (DNS rebinding): only these lead here by right. */
  const isOurs = (host: string | undefined, { localAddress }: Caller["socket"]): boolean =>
    host !== undefined && (host === "localhost" || isLoopback(host) || host === boundTo.toLowerCase() ||
      host === unmapped(localAddress) || (allowRemote && Net.isIP(host) !== 0))
  return ({ headers, socket }: Caller): Refusal | undefined => {
    if (!allowRemote && !isLoopback(socket.remoteAddress ?? "")) return "remote"
    if (headers.origin !== undefined) return "origin"
    return isOurs(hostname(headers.host ?? ""), socket) ? undefined : "host"
  }
}

/** The role of who may come in, or why not. `boundTo` is the address of the port as the settings say it. */
export const make = (policy: Policy, boundTo: string) => {
  const stranger = strangers(policy, boundTo)
  return (caller: Caller): { readonly role: Role } | Refusal => {
    const why = stranger(caller)
    if (why !== undefined) return why
    const role = roleOf(policy.hashes, caller.headers.authorization)
    return role === undefined ? "token" : { role }
  }
}
