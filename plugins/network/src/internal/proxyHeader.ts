/**
 * The PROXY protocol header, versions 1 and 2, as HAProxy defines it (proxy-protocol.txt): who a connection really comes from, in
 * front of everything else. Pure: bytes so far in, a reading out.
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"

export type Version = "v1" | "v2" | "any"

export type Reading =
  /** It can still become a header. */
  | { readonly state: "unfinished" }
  /** It can not. */
  | { readonly state: "broken" }
  /** The header takes `length` bytes. Without an address the connection is the proxy's own, as for its health checks. */
  | { readonly state: "whole"; readonly length: number; readonly address: string | undefined }

const unfinished: Reading = { state: "unfinished" }
const broken: Reading = { state: "broken" }

/** The longest header that is read, extensions (TLVs) included; version 2 would allow 64 KiB. */
export const longest = 4096

const startsAlike = (bytes: Uint8Array, signature: Uint8Array): boolean => {
  const length = Math.min(bytes.length, signature.length)
  for (let index = 0; index < length; index++) if (bytes[index] !== signature[index]) return false
  return true
}

const signature1 = new TextEncoder().encode("PROXY ")
const longest1 = 107

/** Of the family that the line names. */
const addressIn = (family: string, text: string): string | undefined => {
  const read = NetAddress.ipFromString(text)
  if (Result.isFailure(read) || NetAddress.isIpv4Address(read.success) !== (family === "TCP4")) return undefined
  return NetAddress.formatIp(NetAddress.toCanonical(read.success))
}

const line1 = /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5}))\r\n$/

/** Who is told; undefined where the line is broken. */
interface Told {
  readonly address: string | undefined
}

const own: Told = { address: undefined }

const isPort = (text: string | undefined): boolean => Number(text) <= 65_535

const readLine1 = (line: string): Told | undefined => {
  const match = line1.exec(line)
  if (match === null) return undefined
  const [, family, source = "", destination = "", from, to] = match
  if (family === undefined) return own
  const address = addressIn(family, source)
  const isWhole = address !== undefined && addressIn(family, destination) !== undefined && isPort(from) && isPort(to)
  return isWhole ? { address } : undefined
}

const read1 = (bytes: Buffer): Reading => {
  const end = bytes.subarray(0, longest1).indexOf("\n")
  if (end < 0) return bytes.length >= longest1 ? broken : unfinished
  const line = readLine1(bytes.toString("latin1", 0, end + 1))
  return line === undefined ? broken : { state: "whole", length: end + 1, ...line }
}

const signature2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const head2 = 16

/** By the high half of the family byte: how long the addresses are; the client's is the first. Sockets without one are the proxy's own. */
const read2Address = (family: number, body: Uint8Array): Told | undefined => {
  switch (family >> 4) {
    case 0:
    case 3:
      return own
    case 1:
      if (body.length < 12) return undefined
      return { address: NetAddress.formatIp(NetAddress.ipv4FromBytesUnsafe(body.subarray(0, 4))) }
    case 2:
      if (body.length < 36) return undefined
      return {
        address: NetAddress.formatIp(NetAddress.toCanonical(NetAddress.ipv6FromBytesUnsafe(body.subarray(0, 16))))
      }
    default:
      return undefined
  }
}

const read2 = (bytes: Buffer): Reading => {
  if (bytes.length < head2) return unfinished
  const length = head2 + bytes.readUInt16BE(14)
  const [command, family] = [bytes[12] ?? 0, bytes[13] ?? 0]
  if (length > longest || (command !== 0x20 && command !== 0x21) || (family & 0x0f) > 2) return broken
  if (bytes.length < length) return unfinished
  // LOCAL: whatever else it says is to be skipped.
  const told = command === 0x20 ? own : read2Address(family, bytes.subarray(head2, length))
  return told === undefined ? broken : { state: "whole", length, ...told }
}

/** What the first bytes of a connection are. */
export const readHeader = (bytes: Buffer, version: Version): Reading => {
  if (bytes.length === 0) return unfinished
  const [one, two] = [startsAlike(bytes, signature1), startsAlike(bytes, signature2)]
  if (version !== "v2" && one) return bytes.length < signature1.length ? unfinished : read1(bytes)
  if (version !== "v1" && two) return read2(bytes)
  return broken
}
