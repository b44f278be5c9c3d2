/** Ranges of addresses in settings: `10.0.0.0/8`, `2001:db8::/32`, or one address. */
import * as IpNetwork from "effect/net/IpNetwork"
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

type Read = Result.Result<IpNetwork.IpNetwork, NetAddress.NetAddressError>

/** One address is the range of itself. */
export const rangeOf = (text: string): Read =>
  text.includes("/")
    ? IpNetwork.fromString(text)
    : Result.flatMap(NetAddress.ipFromString(text), (address) =>
      IpNetwork.fromAddress(address, NetAddress.width(address)))

const everyIpv4 = IpNetwork.fromStringUnsafe("::ffff:0:0/96")

/** Of everybody who speaks IPv4 or IPv6, also where it is spelled as IPv4 inside of IPv6. */
const isEverybody = (range: IpNetwork.IpNetwork): boolean =>
  range.prefixLength === 0 || IpNetwork.containsNetwork(range, everyIpv4)

const expected = `an address or a range such as "10.0.0.0/8" or "2001:db8::/32"`

/** Why a text is no range, in the words of who reads it. */
const faultOf = (text: string): string | undefined =>
  Result.match(rangeOf(text), { onSuccess: () => undefined, onFailure: ({ message }) => message })

export const Range = Schema.String.check(Schema.makeFilter((text) => {
  const fault = faultOf(text)
  return fault === undefined || `Expected ${expected}: ${fault}`
}))

/** Whoever is trusted tells the addresses of others, so "everybody" is refused. */
export const TrustedRange = Range.check(Schema.makeFilter((text) => {
  const range = Result.getOrUndefined(rangeOf(text))
  return range === undefined || !isEverybody(range) ||
    `Expected the ranges of your own proxies: ${text} trusts everybody, so every client could choose its address`
}))
