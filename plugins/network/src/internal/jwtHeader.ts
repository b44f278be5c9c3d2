/**
 * Pure: the form and the header of a token, before anything is spent on it. The header chooses nothing: its algorithm must
 * be one of ours, its key one that we have, and what would need to be understood (RFC 7515 `crit`, RFC 7797 `b64`) or brings
 * keys of its own is refused.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import { Algorithm } from "../config/auth.ts"
import type { TokenFault } from "../errors.ts"

export interface JwtHeader {
  readonly alg: Algorithm
  readonly kid: string | undefined
}

const Header = Schema.Record(Schema.String, Schema.Unknown)
const decodeHeader = Schema.decodeUnknownOption(Schema.fromJsonString(Header))
const isAlgorithm = Schema.is(Algorithm)

const refused = ["crit", "b64", "jwk", "jku", "x5u", "x5c"]

const parts = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]*)$/

/** One signature has one spelling: the bits that are left over in the last character are zero. */
const isCanonical = (text: string): boolean => Buffer.from(text, "base64url").toString("base64url") === text

const kidOf = (kid: unknown): string | undefined | null =>
  kid === undefined ? undefined : typeof kid === "string" && kid.length <= 256 ? kid : null

const ofMembers = (
  header: Readonly<Record<string, unknown>>,
  algorithms: ReadonlySet<Algorithm>
): JwtHeader | TokenFault => {
  const { alg } = header
  if (!isAlgorithm(alg) || !algorithms.has(alg)) return "algorithm"
  if (refused.some((name) => Object.hasOwn(header, name))) return "header"
  const kid = kidOf(header["kid"])
  return kid === null ? "malformed" : { alg, kid }
}

/** The header, or why the token is refused. */
export const headerOf = (token: string, algorithms: ReadonlySet<Algorithm>): JwtHeader | TokenFault => {
  const [, first, signature] = parts.exec(token) ?? []
  if (first === undefined || signature === undefined) return "malformed"
  const header = Option.getOrUndefined(decodeHeader(Buffer.from(first, "base64url").toString()))
  if (header === undefined) return "malformed"
  const found = ofMembers(header, algorithms)
  if (typeof found !== "string" && (signature === "" || !isCanonical(signature))) return "signature"
  return found
}
