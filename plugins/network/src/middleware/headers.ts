/** Header fields of every answer that keep browsers from guessing, and tell who is refused for a moment when to come back. */
import type { NetworkConfig } from "../config.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = NetworkConfig["http"]["security_headers"]

/** RFC 6797 section 7.2: over plain HTTP a server does not speak of HTTPS. */
const blockOf = ({ enabled: _, strict_transport_security, ...others }: Settings, tls: boolean): ReadonlyArray<string> =>
  Object.entries(tls ? { ...others, strict_transport_security } : others)
    .flatMap(([name, value]) => value === "" ? [] : [name.replaceAll("_", "-"), value])

export const headers = (settings: Settings, options: { readonly tls: boolean }): Middleware => ({
  name: "headers",
  fields: blockOf(settings, options.tls)
})

export const retryAfter: Middleware = {
  name: "retry-after",
  dress: (_exchange, status, fields) => {
    if (status === 503) fields.push("retry-after", "1")
  }
}
