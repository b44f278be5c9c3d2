/** Pure: what `Accept-Encoding` asks for. RFC 9110 section 12.5.3. */
import type { Algorithm } from "../config/compression.ts"

export interface Wish {
  /** The algorithm to compress with; undefined when none is accepted, or an answer as it is is liked better. */
  readonly algorithm: Algorithm | undefined
  /** Whether an answer as it is is accepted. */
  readonly identity: boolean
}

/** Without the header a client accepts everything by the standard; in practice it then often cannot read it. */
const asItIs: Wish = { algorithm: undefined, identity: true }

const member = /^([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

/** What does not have the form of the standard is left out; of several of one name the first counts. */
const qualitiesOf = (header: string): ReadonlyMap<string, number> => {
  const qualities = new Map<string, number>()
  for (const part of header.toLowerCase().split(",")) {
    const [, name, quality = "1"] = member.exec(part.trim()) ?? []
    if (name === undefined) continue
    const plain = name === "x-gzip" ? "gzip" : name
    if (!qualities.has(plain)) qualities.set(plain, Number(quality))
  }
  return qualities
}

/** Among algorithms that are liked equally the first of `order` is taken. */
export const wishOf = (header: string | undefined, order: ReadonlyArray<Algorithm>): Wish => {
  if (header === undefined) return asItIs
  const qualities = qualitiesOf(header)
  const others = qualities.get("*") ?? 0
  const identity = qualities.get("identity") ?? (qualities.get("*") === 0 ? 0 : undefined)
  let algorithm: Algorithm | undefined
  let best = 0
  for (const name of order) {
    const quality = qualities.get(name) ?? others
    if (quality > best) [algorithm, best] = [name, quality]
  }
  return { algorithm: (identity ?? 0) > best ? undefined : algorithm, identity: identity !== 0 }
}
