/**
 * What proxies tell about the client of a request. The list is read from the right, because only what trusted proxies have added is
 * true: everything further left came from outside and is not even parsed.
 */
import { read } from "./clientAddresses.ts"

export interface Forwarded {
  readonly address: string
  readonly protocol: "http" | "https" | undefined
  readonly host: string | undefined
}

type Trusts = (address: string) => boolean

const protocolOf = (text: string | undefined): Forwarded["protocol"] | "malformed" => {
  const lower = text?.toLowerCase()
  return lower === undefined || lower === "http" || lower === "https" ? lower : "malformed"
}

const hostShape = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i

const told = (address: string, proto: string | undefined, host: string | undefined): Forwarded | undefined => {
  const protocol = protocolOf(proto)
  return protocol === "malformed" || (host !== undefined && !hostShape.test(host))
    ? undefined
    : { address, protocol, host }
}

/** The part of a list that is `fromRight` from its end; of a shorter list, which a proxy has written anew, the first. */
const at = (list: string | undefined, fromRight: number): string | undefined => {
  if (list === undefined) return undefined
  const parts = list.split(",")
  return parts[Math.max(0, parts.length - 1 - fromRight)]?.trim()
}

export interface XForwarded {
  readonly for: string | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
}

/** Of the three X-Forwarded fields that a trusted `peer` sent; undefined where they cannot be understood. */
export const xForwarded = (fields: XForwarded, peer: string, trusts: Trusts): Forwarded | undefined => {
  const entries = fields.for?.split(",") ?? []
  let address = peer
  let hops = 0
  while (hops < entries.length && trusts(address)) {
    const next = read(entries[entries.length - 1 - hops]?.trim() ?? "")
    if (next === "") return undefined
    address = next
    hops++
  }
  const fromRight = Math.max(0, hops - 1)
  return told(address, at(fields.proto, fromRight), at(fields.host, fromRight))
}

/** Where the quoted text that ends at `end` begins; -1 where it does not. */
const openingQuote = (text: string, end: number): number => {
  for (let index = end - 1; index >= 0; index--) {
    if (text[index] !== "\"") continue
    let slashes = 0
    while (text[index - 1 - slashes] === "\\") slashes++
    if (slashes % 2 === 0) return index
    index -= slashes
  }
  return -1
}

/** Where the last element of the list before `end` begins; -1 for a quote that never opened. */
const lastElement = (text: string, end: number): number => {
  for (let index = end - 1; index >= 0; index--) {
    if (text[index] === ",") return index + 1
    if (text[index] !== "\"") continue
    index = openingQuote(text, index)
    if (index < 0) return -1
  }
  return 0
}

/** RFC 7239 section 4: one pair, and the semicolon or the end behind it. */
const pair = /[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(;|$)/y

/** The pairs of one element, names in lower case; undefined where it breaks the grammar or tells one thing twice. */
const pairsOf = (element: string): Map<string, string> | undefined => {
  const pairs = new Map<string, string>()
  pair.lastIndex = 0
  for (;;) {
    const match = pair.exec(element)
    if (match === null) return undefined
    const name = match[1]?.toLowerCase()
    if (name !== undefined) {
      if (pairs.has(name)) return undefined
      pairs.set(name, match[2] ?? (match[3] ?? "").replaceAll(/\\(.)/g, "$1"))
    }
    if (match[4] !== ";") return pairs
  }
}

/** RFC 7239 section 6: a proxy may hide who came to it, and through which port. */
const hidden = /^(?:unknown|_[\w.-]+)(?::(?:\d{1,5}|_[\w.-]+))?$/i
const hiddenPort = /:_[\w.-]+$/

/** The address that an element names; `before` where it is hidden, empty where it is none. */
const addressIn = (node: string | undefined, before: string): string =>
  node === undefined || hidden.test(node) ? before : read(node.replace(hiddenPort, ""))

/** Of the `Forwarded` field that a trusted `peer` sent; undefined where it cannot be understood. */
export const forwarded = (field: string | undefined, peer: string, trusts: Trusts): Forwarded | undefined => {
  let last: Forwarded = { address: peer, protocol: undefined, host: undefined }
  if (field === undefined) return last
  for (let end = field.length; end >= 0 && trusts(last.address);) {
    const begin = lastElement(field, end)
    const pairs = begin < 0 ? undefined : pairsOf(field.slice(begin, end))
    const address = pairs === undefined ? "" : addressIn(pairs.get("for"), last.address)
    const next = address === "" ? undefined : told(address, pairs?.get("proto"), pairs?.get("host"))
    if (next === undefined || next.address === last.address) return next
    last = next
    end = begin - 1
  }
  return last
}
