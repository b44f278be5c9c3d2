/** Addresses of clients as text: one spelling each, and the part of them that stands for one client. */
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"
import { remembered } from "./remembered.ts"

const mapped = "::ffff:"

/** IPv4 that a socket for both families has spelled as IPv6 becomes IPv4 again. */
export const plain = (address: string): string =>
  address.startsWith(mapped) && address.includes(".") ? address.slice(mapped.length) : address

const spelled = (address: NetAddress.IpAddress): string => NetAddress.formatIp(NetAddress.toCanonical(address))

/** An address as proxies write it, with or without a port or brackets; empty for everything else. */
export const read = remembered((text) => {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text
  const ip = NetAddress.ipFromString(bare)
  if (Result.isSuccess(ip)) return spelled(ip.success)
  const withPort = NetAddress.inetAddressFromString(text)
  return Result.isSuccess(withPort) ? spelled(withPort.success.address) : ""
})

const network = remembered((address) => {
  const zone = address.indexOf("%")
  const ip = NetAddress.ipv6FromString(zone < 0 ? address : address.slice(0, zone))
  if (Result.isFailure(ip)) return address
  return `${NetAddress.ipv6ToSegments(ip.success).slice(0, 4).map((part) => part.toString(16)).join(":")}::/64`
})

/** What of an address names one client: a customer has a whole /64 of IPv6. */
export const clientOf = (address: string): string => address.includes(":") ? network(address) : address
