/** Certificates, and handshakes that failed. */
import * as Metric from "effect/Metric"

/** When a certificate ends, or the first one of its chain. Attribute: `file`. */
export const certificateExpiry = Metric.gauge("tls_certificate_expiry_timestamp_seconds", {
  description: "End of the certificate in seconds since 1970"
})

/** Changed certificate files. Attribute: `outcome`, `replaced` or `refused` (the old one stays in force). */
export const certificateReloads = Metric.counter("tls_certificate_reloads_total", {
  description: "Changed certificates by what became of them",
  incremental: true
})

/** TLS connections that never carried a request. Attribute: `reason`. */
export const handshakesFailed = Metric.counter("tls_handshakes_failed_total", {
  description: "TLS handshakes that failed or were refused",
  incremental: true
})
