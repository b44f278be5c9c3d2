/**
 * HSTS where somebody else ends TLS: over plain HTTP a server does not speak of HTTPS (RFC 6797 section 7.2), unless a trusted
 * proxy says that its client came by it. Where the server speaks TLS itself, every answer has the field.
 */
import type { NetworkConfig } from "../config.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = Pick<NetworkConfig, "proxies" | "tls"> & {
  readonly http: Pick<NetworkConfig["http"], "security_headers">
}

/** Whether it can be needed at all. */
export const isForwarded = (
  { http: { security_headers: { enabled, strict_transport_security } }, proxies, tls }: Settings
): boolean => enabled && !tls.enabled && strict_transport_security !== "" && proxies.trusted.length > 0

export const strictTransport = (
  { http: { security_headers: { strict_transport_security } } }: Settings
): Middleware => ({
  name: "strict transport",
  dress: ({ forwarded }, _status, fields) => {
    if (forwarded?.protocol === "https") fields.push("strict-transport-security", strict_transport_security)
  }
})
