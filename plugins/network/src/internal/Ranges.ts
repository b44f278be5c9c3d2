/** A list of address ranges, and which addresses are in it. */
import * as IpNetwork from "effect/net/IpNetwork"
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"
import { rangeOf } from "../config/ranges.ts"
import { remembered } from "./remembered.ts"

/** The same range in the family that addresses are compared in. */
const canonical = (range: IpNetwork.IpNetwork): IpNetwork.IpNetwork => {
  const address = NetAddress.toCanonical(range.address)
  return NetAddress.width(address) === NetAddress.width(range.address)
    ? range
    : IpNetwork.makeUnsafe(address, range.prefixLength - 96)
}

export class Ranges {
  readonly isEmpty: boolean
  /** Whether the address is in one of the ranges; what is no address is in none. */
  readonly has: (address: string) => boolean

  /** Of texts that the settings have accepted. */
  constructor(texts: ReadonlyArray<string>) {
    const ranges = texts.map((text) => canonical(Result.getOrThrow(rangeOf(text))))
    this.isEmpty = texts.length === 0
    this.has = remembered((text) => {
      const read = NetAddress.ipFromString(text)
      if (Result.isFailure(read)) return false
      const address = NetAddress.toCanonical(read.success)
      return ranges.some((range) => IpNetwork.contains(range, address))
    })
  }
}
