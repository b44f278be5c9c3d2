/** The address of a database as `--database` takes it: `postgresql://user@host:5432/name?sslmode=require`. Pure. */
import * as Result from "effect/Result"
import { InvalidDatabaseUrl } from "../errors.ts"
import { conceal } from "./conceal.ts"

export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full"

const sslModes: ReadonlyArray<SslMode> = ["disable", "prefer", "require", "verify-ca", "verify-full"]

export interface Address {
  readonly host: string
  readonly port: number | undefined
  readonly database: string | undefined
  readonly user: string | undefined
  /** It stood in the URL. */
  readonly password: string | undefined
  readonly sslMode: SslMode | undefined
}

const schemes = ["postgresql:", "postgres:"]
const parameters = ["host", "sslmode", "password"]

const fault = (problem: string) => Result.fail(new InvalidDatabaseUrl({ problem }))

/** Percent signs that encode nothing stand for themselves. */
export const decode = (text: string): string | undefined => {
  try {
    return text === "" ? undefined : decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A name that is no number needs no brackets; an address of version 6 has them in a URL only. */
const hostOf = (url: URL): string => url.searchParams.get("host") ?? decode(url.hostname.replace(/^\[|\]$/g, "")) ?? ""

/** Up to where a host would stand, if there is none: `postgresql://user@/name?host=/folder`, as libpq has it. */
const hostless = /^[a-z]+:\/\/(?:[^/?#@]*@)?(?=[/?#]|$)/i

/** No such URL is one for the standard, so it gets a host that the parameter takes the place of. */
const toUrl = (text: string): URL | null => {
  const url = URL.parse(text.replace(hostless, "$&localhost"))
  if (url !== null && hostless.test(text) && !url.searchParams.has("host")) url.searchParams.set("host", "")
  return url
}

const toAddress = (url: URL, password: string | undefined): Result.Result<Address, InvalidDatabaseUrl> => {
  const mode = url.searchParams.get("sslmode")
  const sslMode = sslModes.find((each) => each === mode)
  const host = hostOf(url)
  const stranger = [...url.searchParams.keys()].find((name) => !parameters.includes(name))
  if (stranger !== undefined) return fault(`the parameter "${stranger.slice(0, 40)}" is not known`)
  if (mode !== null && sslMode === undefined) return fault(`sslmode is one of ${sslModes.join(", ")}`)
  if (host === "") return fault("it names no host")
  return Result.succeed({
    host,
    port: url.port === "" ? undefined : Number(url.port),
    database: decode(url.pathname.slice(1)),
    user: decode(url.username),
    password: password === undefined ? undefined : decode(password),
    sslMode
  })
}

/** A fault never quotes what may be the password. */
export const parse = (text: string): Result.Result<Address, InvalidDatabaseUrl> => {
  const { password, text: bare } = conceal(text)
  const url = toUrl(bare)
  if (url === null || !schemes.includes(url.protocol)) return fault("it does not begin with postgresql://, or is none")
  return toAddress(url, password)
}
